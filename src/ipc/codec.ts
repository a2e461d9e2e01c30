import { Packr } from 'msgpackr';
import { messageOf, TroupeError } from '../model/index.ts';

/**
 * Packs batches of messages into frames and back. Values survive as structured clone would carry
 * them: Date, Map, Set, RegExp, BigInt, Error, typed arrays, cycles.
 *
 * Two traps of msgpackr shape the settings: without `moreTypes` a typed array packs unrelated heap
 * bytes, and `bundleStrings` corrupts frames (its issues 84 and 126).
 */
const SETTINGS = { moreTypes: true, bundleStrings: false } as const;

/**
 * Packs each value for itself: two messages of a batch that hold the same object arrive with one
 * each, and what a task does to its input is nobody else's concern. It cannot pack a cycle.
 */
const plain = refuseFunctions(new Packr({ ...SETTINGS, structuredClone: false }));

/**
 * Keeps cycles and shared references; also reads what the plain one wrote. Bytes are copied out of
 * the frame: as a view they would keep all of it alive, and show it to whoever asks for `buffer`.
 */
const referential = refuseFunctions(
  new Packr({ ...SETTINGS, structuredClone: true, copyBuffers: true }),
);

/** Without this hook a function silently becomes undefined. */
function refuseFunctions(packr: Packr): Packr {
  return Object.assign(packr, {
    writeFunction() {
      throw new TypeError('a function cannot travel between threads');
    },
  });
}

/**
 * One frame that owns its memory, so that it can be transferred.
 * @throws TroupeError `NotSerializable` when any of the messages holds what cannot travel; a value
 *   with a cycle can only travel in a frame of its own
 */
export function encodeFrame(messages: readonly unknown[]): Uint8Array<ArrayBuffer> {
  try {
    // The packer's buffer is its own and reused: the frame must be a copy.
    return new Uint8Array(plain.pack(messages));
  } catch (cause) {
    if (!(cause instanceof RangeError) || messages.length > 1) throw notSerializable(cause);
  }
  try {
    return new Uint8Array(referential.pack(messages));
  } catch (cause) {
    throw notSerializable(cause);
  }
}

function notSerializable(cause: unknown): TroupeError {
  const why = cause instanceof RangeError ? 'it is nested too deep' : messageOf(cause);
  return new TroupeError('NotSerializable', `value cannot travel between threads: ${why}`, {
    cause,
  });
}

/**
 * The messages of a frame, not yet checked one by one.
 * @throws TroupeError `ProtocolError` for a frame that is cut, forged or no batch
 */
export function decodeFrame<Message>(frame: Uint8Array): readonly Message[] {
  let batch: unknown;
  try {
    batch = referential.unpack(frame);
  } catch (cause) {
    throw new TroupeError('ProtocolError', 'a frame could not be decoded', { cause });
  }
  if (Array.isArray(batch)) return batch as Message[];
  throw new TroupeError('ProtocolError', 'a frame must hold an array of messages');
}
