import { TroupeError } from '../model/index.ts';
import { toBytes } from './codec.ts';
import { FrameEncoder } from './frame-encoder.ts';
import { FrameCutter, lengthPrefix, MAX_FRAME_BYTES } from './length-prefix.ts';
import { Reception } from './reception.ts';
import type { LineOptions, Transport } from './transport.ts';
import { resolveValueOptions } from './value-options.ts';

/** A line that carries bytes both ways, in order and with no bounds between them: pipes of a process. */
export interface ByteLine {
  /** What it throws, the transport's `flush` does. */
  write(...pieces: readonly Uint8Array[]): void;
  /** Who is told of what arrives, and may keep it. Set once. */
  read(onBytes: (bytes: Uint8Array) => void): void;
  close(): void;
}

/**
 * What a frame may take beyond the largest value: other messages, and what it costs to say that value
 * other than MessagePack would.
 */
const FACTOR = 4;
const SLACK = 64 * 1_024 * 1_024;

/**
 * A transport over bytes alone: each frame is preceded by its length. Values are copied, never moved, and
 * shared memory cannot travel.
 */
export function byteTransport<Out extends readonly unknown[], In>(
  line: ByteLine,
  options: LineOptions = {},
): Transport<Out, In> {
  const { draft, view, values } = options;
  const { maxBytes } = resolveValueOptions(values);
  const encoder = new FrameEncoder({ ...options, medium: 'bytes' });
  const cutter = new FrameCutter(Math.min(MAX_FRAME_BYTES, FACTOR * maxBytes + SLACK));
  let isBroken = false;
  const reception = new Reception<In>(view);
  let fail: (error: Error) => void = () => {};
  const poll = () => {
    if (isBroken) return false;
    let frame: Uint8Array | undefined;
    try {
      frame = cutter.next();
    } catch (error) {
      isBroken = true;
      fail(error as Error);
      return false;
    }
    if (frame === undefined) return false;
    reception.deliver(frame);
    return true;
  };
  return {
    write: (message) => encoder.add(message),
    flush() {
      const parcel = encoder.take();
      if (parcel === undefined) return;
      try {
        const bytes = toBytes(parcel);
        demandSendable(bytes.length);
        line.write(lengthPrefix(bytes.length), bytes);
      } catch (error) {
        draft?.withdraw();
        throw error;
      }
      draft?.sent();
    },
    receive(onBatch, onError, onQuiet = () => {}) {
      fail = onError;
      reception.tell({ onBatch, onError });
      line.read((bytes) => {
        if (!isBroken) cutter.push(bytes);
        let heard = false;
        while (poll()) heard = true;
        if (heard) onQuiet();
      });
    },
    poll,
    overhear: () => reception.overhear(),
    close: () => line.close(),
  };
}

/** @throws TroupeError `PayloadTooLarge` */
function demandSendable(bytes: number): void {
  if (bytes <= MAX_FRAME_BYTES) return;
  const message = `a frame of ${bytes} bytes is longer than a line of bytes can carry`;
  throw new TroupeError('PayloadTooLarge', message, { details: { bytes, limit: MAX_FRAME_BYTES } });
}
