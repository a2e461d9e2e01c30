import { describe, expect, it } from 'vitest';
import {
  ExitError,
  type ExitReason,
  exitReasonOf,
  isAbnormal,
  NORMAL,
  SHUTDOWN,
} from '../../src/model/index.ts';

describe('isAbnormal', () => {
  it('is false for the two ends that OTP calls normal', () => {
    expect([NORMAL, SHUTDOWN].map(isAbnormal)).toEqual([false, false]);
  });

  it.each<ExitReason['kind']>([
    'error',
    'killed',
    'hung',
    'out_of_memory',
    'exited',
    'handshake_failed',
  ])('is true for %s', (kind) => {
    expect(isAbnormal({ kind })).toBe(true);
  });
});

describe('an exit reason', () => {
  it('travels in an error and comes out as it was', () => {
    const reason: ExitReason = { kind: 'out_of_memory', error: new Error('heap') };
    const error = new ExitError(reason);
    expect(exitReasonOf(error)).toBe(reason);
    expect(error).toMatchObject({
      name: 'ExitError',
      message: 'exited: out_of_memory',
      cause: reason.error,
    });
  });

  it('of any other error is that error', () => {
    const error = new TypeError('no');
    expect(exitReasonOf(error)).toEqual({ kind: 'error', error });
    expect(exitReasonOf(undefined)).toEqual({ kind: 'error', error: undefined });
  });
});
