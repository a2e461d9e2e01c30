import { expect } from 'vitest';
import { type ErrorCode, TroupeError } from '../../src/model/index.ts';

/** The TroupeError that a promise rejects with; a failed test if it does anything else. */
export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<TroupeError> {
  const error = await promise.then(
    (value) => expect.fail(`expected ${code}, but it gave ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!TroupeError.is(error)) throw error;
  expect(error.code, error.message).toBe(code);
  return error;
}
