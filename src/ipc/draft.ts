import { beginBatch } from './packer.ts';
import { DRAFT_BYTES, SharedSlot, type SharedSlots } from './shared-slots.ts';

/** Of the number that says what is shown: these are the bytes, those above the messages. */
const LENGTH_BITS = 18;
const LENGTH_MASK = 2 ** LENGTH_BITS - 1;
const MAX_MESSAGES = 2 ** (31 - LENGTH_BITS) - 1;

/**
 * The frame under way, where the host can see it. A session gathers what is ready for as long as its tasks
 * are short; one that then takes long, hangs or dies would hold back what others have finished, or take it
 * with it. So the host may read what is not sent yet, whatever the session is busy with, and skips it when
 * it comes.
 *
 * A seqlock, after Lamport and as Linux has it, with the count of frames for its sequence: it moves on before
 * the bytes of the next frame are written.
 */
export class Draft {
  readonly #slots: SharedSlots;
  #frames = 0;
  #shown = 0;
  #isWithdrawn = false;

  constructor(slots: SharedSlots) {
    this.#slots = slots;
  }

  /** Where the frame is to be written; nothing where it has to be copied there. */
  get bytes(): Buffer | undefined {
    return this.#slots.draft.bytes;
  }

  /**
   * So many messages are whole, and end there.
   * @returns false when there is no room for them
   */
  show(messages: number, bytes: Uint8Array, length: number): boolean {
    if (length > DRAFT_BYTES || messages > MAX_MESSAGES) return false;
    if (this.#isWithdrawn) return true;
    if (!this.#slots.draft.write(bytes, this.#shown, length)) return false;
    this.#shown = length;
    this.#slots.store(SharedSlot.shown, messages * 2 ** LENGTH_BITS + length);
    return true;
  }

  /** The frame has left: what is written from here on belongs to the next. */
  sent(): void {
    this.#hide();
    this.#isWithdrawn = false;
    this.#frames = (this.#frames + 1) | 0;
    this.#slots.store(SharedSlot.frames, this.#frames);
    // On processors that write in another order, only a read keeps what follows from being written before.
    this.#slots.load(SharedSlot.frames);
  }

  /** The frame cannot leave as it is: nothing is shown until another has. */
  withdraw(): void {
    this.#hide();
    this.#isWithdrawn = true;
  }

  #hide(): void {
    if (this.#shown > 0) this.#slots.store(SharedSlot.shown, 0);
    this.#shown = 0;
  }
}

/** The host's view of it. */
export class DraftView {
  readonly #slots: SharedSlots;

  constructor(slots: SharedSlots) {
    this.#slots = slots;
  }

  /**
   * What is whole of the frame that comes after so many, as a frame of its own; nothing where there is none,
   * or it has left.
   */
  read(frames: number): Uint8Array<ArrayBuffer> | undefined {
    const slots = this.#slots;
    const shown = slots.load(SharedSlot.shown);
    if (shown <= 0 || slots.load(SharedSlot.frames) !== (frames | 0)) return undefined;
    const bytes = slots.draft.read(shown & LENGTH_MASK);
    // Else the next frame may have been written over it meanwhile.
    if (slots.load(SharedSlot.shown) <= 0) return undefined;
    if (slots.load(SharedSlot.frames) !== (frames | 0)) return undefined;
    beginBatch(bytes, shown >>> LENGTH_BITS);
    return bytes;
  }
}
