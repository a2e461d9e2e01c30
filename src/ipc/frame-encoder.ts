import { type CaptureSettings, capture } from './capture.ts';
import type { Draft } from './draft.ts';
import type { Patch } from './error-fields.ts';
import { FrameWriter } from './frame-writer.ts';
import type { Medium } from './memory.ts';
import { payloadTooLarge } from './refusal.ts';
import { resolveValueOptions, type ValueOptions } from './value-options.ts';

/** A value that travels beside its frame, and the message and slot of it that it belongs to. */
export type Beside = readonly [
  message: number,
  slot: number,
  value: unknown,
  patches: readonly Patch[],
];

/** What leaves at once: a frame, with what travels beside it. */
export interface Parcel {
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly beside: readonly Beside[];
  /** What of it is handed over, without the frame itself. */
  readonly moved: readonly object[];
}

/** What the user's value in a message of some kind is called where a part of it is refused. */
export type ValueNames = Readonly<Record<number, string>>;

export interface EncoderOptions {
  /** @default 'port' */
  readonly medium?: Medium;
  /** Messages of other kinds are our own, and not limited. @default each holds a 'value' */
  readonly names?: ValueNames;
  readonly values?: ValueOptions | undefined;
  /** Shows the frame under way to the other side. @default nobody does */
  readonly draft?: Draft | undefined;
}

/** A frame that has grown so large should not wait for more messages. */
const LARGE_FRAME = 1_024 * 1_024;

/** Bytes up to which a frame may travel as text. */
export const SHORT_FRAME = 1_024;

/** Gathers messages into a frame, each as its values are at that moment. */
export class FrameEncoder {
  readonly #medium: Medium;
  readonly #names: ValueNames | undefined;
  readonly #besideFrom: number;
  readonly #maxBytes: number;
  readonly #writer: FrameWriter;
  readonly #draft: Draft | undefined;
  #messages = 0;
  #beside: Beside[] = [];
  #moved: object[] = [];
  #urgent = false;
  #besideBytes = 0;
  /** Up to there the messages are whole. */
  #end: number;
  #besideEnd = 0;
  #movedEnd = 0;

  /** @throws TroupeError `InvalidOption` */
  constructor({ medium = 'port', names, values, draft }: EncoderOptions = {}) {
    const { besideFrom, maxBytes } = resolveValueOptions(values);
    this.#medium = medium;
    this.#names = names;
    // Bytes have no beside to speak of: whatever MessagePack can carry is in the frame.
    this.#besideFrom = medium === 'port' ? besideFrom : Number.POSITIVE_INFINITY;
    this.#maxBytes = maxBytes;
    this.#writer = new FrameWriter(this.#besideFrom, draft?.bytes);
    this.#draft = draft;
    this.#end = this.#writer.position;
  }

  /** Messages in the frame under way. */
  get size(): number {
    return this.#messages;
  }

  /**
   * Adds a message, as its values are now.
   *
   * @returns true when the frame should leave at once: it is large, something of it moves, or there is a
   *   draft that cannot show all of it
   * @throws TroupeError `NotSerializable` or `PayloadTooLarge`; the frame is as it was
   */
  add(message: readonly unknown[]): boolean {
    const urgent = this.#urgent;
    const besideBytes = this.#besideBytes;
    try {
      this.#write(message);
    } catch (error) {
      this.#dropUnfinished();
      this.#urgent = urgent;
      this.#besideBytes = besideBytes;
      throw error;
    }
    this.#messages++;
    this.#end = this.#writer.position;
    this.#besideEnd = this.#beside.length;
    this.#movedEnd = this.#moved.length;
    if (this.#draft !== undefined && !this.#isShown(this.#draft)) return true;
    return this.#urgent || this.#writer.position + this.#besideBytes >= LARGE_FRAME;
  }

  #dropUnfinished(): void {
    this.#writer.rewind(this.#end);
    this.#beside.length = this.#besideEnd;
    this.#moved.length = this.#movedEnd;
  }

  #isShown(draft: Draft): boolean {
    const { bytes, position } = this.#writer;
    return this.#beside.length === 0 && draft.show(this.#messages, bytes, position);
  }

  #write(message: readonly unknown[]): void {
    const writer = this.#writer;
    const name = this.#names === undefined ? 'value' : this.#names[message[0] as number];
    const maxBytes = name === undefined ? Number.POSITIVE_INFINITY : this.#maxBytes;
    writer.beginTuple(message.length);
    for (let slot = 0; slot < message.length; slot++) {
      const value = message[slot];
      const outcome = writer.write(value, maxBytes);
      if (outcome === 'written') continue;
      if (outcome === 'too large') throw payloadTooLarge(name ?? '', writer.counted, maxBytes);
      this.#addBeside(slot, value, { name: name ?? 'message', maxBytes });
    }
  }

  #addBeside(slot: number, given: unknown, limits: Pick<CaptureSettings, 'name' | 'maxBytes'>) {
    const medium = this.#medium;
    const captured = capture(given, { ...limits, medium, besideFrom: this.#besideFrom });
    const { value, patches, moved, bytes, urgent } = captured;
    this.#beside.push([this.#messages, slot, value, patches]);
    for (const object of moved) this.#moved.push(object);
    this.#besideBytes += bytes;
    this.#urgent ||= urgent;
    this.#writer.writeNil();
  }

  /**
   * As `take`, if there is something and it is short and all in the frame: as text, a character for each
   * byte.
   */
  takeText(): string | undefined {
    if (this.#messages === 0 || this.#besideEnd > 0 || this.#end > SHORT_FRAME) return undefined;
    // A getter of the message under way may have ended the process: that one is lost, the others are not.
    this.#dropUnfinished();
    const text = this.#writer.takeText(this.#messages);
    this.#messages = 0;
    this.#end = this.#writer.position;
    this.#urgent = false;
    return text;
  }

  /** What has been gathered, if anything; the next frame begins empty. */
  take(): Parcel | undefined {
    if (this.#messages === 0) return undefined;
    this.#dropUnfinished();
    const frame = this.#writer.take(this.#messages);
    const parcel = { frame, beside: this.#beside, moved: this.#moved };
    this.#messages = 0;
    this.#urgent = false;
    this.#besideBytes = 0;
    this.#beside = [];
    this.#moved = [];
    this.#end = this.#writer.position;
    this.#besideEnd = 0;
    this.#movedEnd = 0;
    return parcel;
  }
}
