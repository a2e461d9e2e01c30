import { checkCount, checkNames } from '../model/index.ts';

/** How values travel between threads. */
export interface ValueOptions {
  /**
   * An ArrayBuffer, typed array or Buffer of this many bytes or more travels beside the frame: its
   * bytes are copied once and the copy is handed over. Smaller ones are packed. @default 1024
   */
  readonly besideFrom?: number;
  /**
   * Bytes that one value may take: an input, an output, a progress, the fields of a log. One more is
   * `PayloadTooLarge`. What is moved or shared does not count. At least 65536.
   *
   * @default 268435456, 256 MiB
   */
  readonly maxBytes?: number;
}

export type ResolvedValueOptions = Required<ValueOptions>;

/** About where handing over a buffer, some microseconds, costs less than packing its bytes. */
const BESIDE_FROM = 1_024;

/** What is told of a value that was refused must itself be able to travel. */
const LEAST_MAX_BYTES = 64 * 1_024;

/** A mistake, rather than a payload, but for those who say otherwise. */
const MAX_BYTES = 256 * 1_024 * 1_024;

/**
 * Levels of nesting that a value may have. Packing, unpacking and Node's own structured clone are
 * recursive: deeper values would overflow the stack of one of the two sides, and not always at the
 * same depth.
 */
export const MAX_DEPTH = 1_000;

/** Errors that may be nested as causes of one another: each takes more of the stack than a level. */
export const MAX_ERRORS = 100;

/** @throws TroupeError `InvalidOption` */
export function resolveValueOptions(options: ValueOptions = {}): ResolvedValueOptions {
  checkNames(options, ['besideFrom', 'maxBytes'], 'values');
  const { besideFrom = BESIDE_FROM, maxBytes = MAX_BYTES } = options;
  return {
    besideFrom: checkCount('values.besideFrom', besideFrom, 0),
    maxBytes: checkCount('values.maxBytes', maxBytes, LEAST_MAX_BYTES),
  };
}
