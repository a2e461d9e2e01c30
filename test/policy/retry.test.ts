import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  breakerOpen,
  constant,
  ERROR_CODES,
  type ErrorCode,
  exponential,
  MAX_TIMEOUT,
  NO_RETRY,
  type Retry,
  TroupeError,
} from '../../src/model/index.ts';
import { retryDelay } from '../../src/policy/index.ts';

const failure = new Error('no');

function waiting(delay: Retry['delay']): Retry {
  return { attempts: 10, delay };
}

describe('retryDelay', () => {
  it('is none once all tries are made', () => {
    const retry = constant({ attempts: 3, delay: 10 });
    expect([1, 2, 3, 4].map((failed) => retryDelay(retry, failed, failure, 0))).toEqual([
      10,
      10,
      undefined,
      undefined,
    ]);
    expect(retryDelay(NO_RETRY, 1, failure, 0)).toBeUndefined();
  });

  it('is no shorter than a breaker asks, and no longer for that', () => {
    const held = breakerOpen({ id: 'mail', state: 'open' }, 500);
    expect(retryDelay(constant({ delay: 10 }), 1, held, 0)).toBe(500);
    expect(retryDelay(constant({ delay: 900 }), 1, held, 0)).toBe(900);
    expect(retryDelay(NO_RETRY, 1, held, 0)).toBeUndefined();
    const odd = new TroupeError('BreakerOpen', 'no', { details: { retryAfter: Number.NaN } });
    expect(retryDelay(constant({ delay: 10 }), 1, odd, 0)).toBe(10);
  });

  it('asks the back-off with the tries that failed and with chance', () => {
    const asked: unknown[] = [];
    retryDelay(
      waiting((...given) => asked.push(given)),
      4,
      failure,
      0.25,
    );
    expect(asked).toEqual([[4, 0.25]]);
  });

  const permanent: readonly ErrorCode[] = [
    'TaskNotFound',
    'NotSerializable',
    'PoolClosed',
    'RuntimeClosed',
    'InvalidInput',
  ];

  it.each(permanent)('is none for %s, which another try cannot mend', (code) => {
    expect(retryDelay(constant(), 1, new TroupeError(code, 'no'), 0)).toBeUndefined();
  });

  it.each((Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => !permanent.includes(code)))(
    'is one for %s',
    (code) => {
      expect(retryDelay(constant(), 1, new TroupeError(code, 'no'), 0)).toBe(100);
    },
  );

  it.each([
    ['negative', -5],
    ['not a number', Number.NaN],
    ['a text', 'soon'],
    ['missing', undefined],
  ])('is 0 for a wait that is %s', (_, wait) => {
    expect(
      retryDelay(
        waiting(() => wait as number),
        1,
        failure,
        0,
      ),
    ).toBe(0);
  });

  it('is 0 when the back-off itself throws', () => {
    const retry = waiting(() => {
      throw new Error('defect');
    });
    expect(retryDelay(retry, 1, failure, 0)).toBe(0);
  });

  it('is cut to what a timer can measure', () => {
    expect(
      retryDelay(
        waiting(() => MAX_TIMEOUT + 1),
        1,
        failure,
        0,
      ),
    ).toBe(MAX_TIMEOUT);
    expect(
      retryDelay(
        waiting(() => Number.POSITIVE_INFINITY),
        1,
        failure,
        0,
      ),
    ).toBe(MAX_TIMEOUT);
  });

  it('is what the back-off says, within its bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failed, random) => {
          const retry = exponential({ attempts: 100, initial: 7, factor: 1.5, max: 5_000 });
          expect(retryDelay(retry, failed, failure, random)).toBe(retry.delay(failed, random));
        },
      ),
    );
  });
});
