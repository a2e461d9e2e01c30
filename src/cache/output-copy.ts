import { decodeFrame, encodeFrame } from '../ipc/index.ts';

/**
 * An output kept so that whoever gets it may do with it what they like. It is held as the bytes that
 * would travel to a thread, and made into a value anew for each who asks.
 */
export interface OutputCopy {
  /** Bytes. */
  readonly size: number;
  /** The output, which nobody else holds. */
  value(): unknown;
}

/** @throws TroupeError `NotSerializable`, `PayloadTooLarge` for what cannot be held as bytes */
export function copyOf(output: unknown): OutputCopy {
  if (isImmutable(output)) {
    const size = typeof output === 'string' ? output.length * 2 : 0;
    return { size, value: () => output };
  }
  const frame = encodeFrame([[output]]);
  return { size: frame.byteLength, value: () => decodeFrame<[unknown]>(frame)[0]?.[0] };
}

/** A symbol is, too, but could not have travelled: the codec is to say so. */
function isImmutable(value: unknown): boolean {
  if (value === null) return true;
  return typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol';
}
