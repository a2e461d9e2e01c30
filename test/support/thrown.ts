import { expect } from 'vitest';
import { type ErrorCode, TroupeError } from '../../src/model/index.ts';

/** The TroupeError that a call throws; a failed test if it does anything else. */
export function thrown(call: () => unknown, code: ErrorCode): TroupeError {
  let error: unknown;
  try {
    call();
  } catch (reason) {
    error = reason;
  }
  if (error === undefined) expect.fail(`expected ${code}, but nothing was thrown`);
  if (!TroupeError.is(error)) throw error;
  expect(error.code, error.message).toBe(code);
  return error;
}
