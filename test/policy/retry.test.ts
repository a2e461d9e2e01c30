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
  retryBudget,
  TroupeError,
} from '../../src/model/index.ts';
import { retryDelay } from '../../src/policy/index.ts';
import { thrown } from '../support/thrown.ts';

const failure = new Error('no');
const first = { attempt: 1, error: failure, random: 0 };

function waiting(delay: Retry['delay']): Retry {
  return { attempts: 10, delay };
}

describe('retryDelay', () => {
  it('is none once all tries are made', () => {
    const retry = constant({ attempts: 3, delay: 10 });
    expect(
      [1, 2, 3, 4].map((failed) =>
        retryDelay(retry, { attempt: failed, error: failure, random: 0 }),
      ),
    ).toEqual([10, 10, undefined, undefined]);
    expect(retryDelay(NO_RETRY, first)).toBeUndefined();
  });

  it('is no shorter than a breaker asks, and no longer for that', () => {
    const held = breakerOpen({ id: 'mail', state: 'open' }, 500);
    const failed = { attempt: 1, error: held, random: 0 };
    expect(retryDelay(constant({ delay: 10 }), failed)).toBe(500);
    expect(retryDelay(constant({ delay: 900 }), failed)).toBe(900);
    expect(retryDelay(NO_RETRY, failed)).toBeUndefined();
    const odd = new TroupeError('BreakerOpen', 'no', { details: { retryAfter: Number.NaN } });
    expect(retryDelay(constant({ delay: 10 }), { ...failed, error: odd })).toBe(10);
  });

  it('asks the back-off with the tries that failed and with chance', () => {
    const asked: unknown[] = [];
    retryDelay(
      waiting((...given) => asked.push(given)),
      { attempt: 4, error: failure, random: 0.25, previous: 70 },
    );
    expect(asked).toEqual([[4, 0.25, 70]]);
  });

  const permanent: readonly ErrorCode[] = [
    'TaskNotFound',
    'NotSerializable',
    'PayloadTooLarge',
    'PoolClosed',
    'RuntimeClosed',
    'InvalidInput',
  ];

  it.each(permanent)('is none for %s, which another try cannot mend', (code) => {
    expect(
      retryDelay(constant(), { ...first, error: new TroupeError(code, 'no') }),
    ).toBeUndefined();
  });

  it.each((Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => !permanent.includes(code)))(
    'is one for %s',
    (code) => {
      expect(retryDelay(constant(), { ...first, error: new TroupeError(code, 'no') })).toBe(100);
    },
  );

  it.each([
    ['-5', -5],
    ['NaN', Number.NaN],
    ['"soon"', 'soon'],
    ['undefined', undefined],
    ['Infinity', Number.POSITIVE_INFINITY],
    [`${MAX_TIMEOUT + 1}`, MAX_TIMEOUT + 1],
  ])('refuses a wait of %s, and keeps the failure', (shown, wait) => {
    const retry = waiting(() => wait as number);
    const { message, details, cause } = thrown(() => retryDelay(retry, first), 'InvalidOption');
    expect(message).toContain(`delay must be milliseconds from 0 to 2147483647, but got ${shown};`);
    expect(details).toMatchObject({ field: 'delay', failure: { message: failure.message } });
    expect(cause).toBe(failure);
  });

  it('tells of a back-off that throws, and keeps the failure', () => {
    const defect = new Error('defect');
    const retry = waiting(() => {
      throw defect;
    });
    const { message, details, cause } = thrown(() => retryDelay(retry, first), 'InvalidOption');
    expect(message).toContain('delay threw: defect; it was asked about: ');
    expect(details).toMatchObject({ field: 'delay', failure: { message: failure.message } });
    expect(cause).toBe(defect);
  });

  it.each([0, 0.5, MAX_TIMEOUT])('is %s where the back-off says so', (wait) => {
    expect(
      retryDelay(
        waiting(() => wait),
        first,
      ),
    ).toBe(wait);
  });

  it('is what the back-off says, within its bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failed, random) => {
          const retry = exponential({ attempts: 100, initial: 7, factor: 1.5, max: 5_000 });
          const failedTry = { attempt: failed, error: failure, random };
          expect(retryDelay(retry, failedTry)).toBe(retry.delay(failed, random));
        },
      ),
    );
  });

  describe('by its predicate', () => {
    const retryIf = (error: unknown) => error instanceof RangeError;

    it('is one only for what the predicate says yes to', () => {
      const retry = constant({ retryIf });
      expect(retryDelay(retry, { ...first, error: new RangeError('yes') })).toBe(100);
      expect(retryDelay(retry, { ...first, error: new TypeError('no') })).toBeUndefined();
    });

    it('does not ask about what is permanent', () => {
      const retry = constant({ retryIf: () => expect.fail('asked') });
      const error = new TroupeError('TaskNotFound', 'no');
      expect(retryDelay(retry, { ...first, error })).toBeUndefined();
    });

    it('says so when the predicate throws, and of which failure', () => {
      const cause = new Error('defect');
      const retry = constant({
        retryIf: () => {
          throw cause;
        },
      });
      const error = thrown(() => retryDelay(retry, first), 'InvalidOption');
      expect(error.message).toBe('retryIf threw: defect; it was asked about: no');
      expect(error.cause).toBe(cause);
      expect(error.details).toMatchObject({ field: 'retryIf', failure: { message: 'no' } });
    });
  });

  describe('within maxElapsed', () => {
    const retry = constant({ attempts: 9, delay: 10, maxElapsed: 100 });

    it('begins no try later than that', () => {
      expect(retryDelay(retry, { ...first, elapsed: 89 })).toBe(10);
      expect(retryDelay(retry, { ...first, elapsed: 90 })).toBe(10);
      expect(retryDelay(retry, { ...first, elapsed: 90.5 })).toBeUndefined();
    });

    it('gives up at once when it is asked to wait for longer than is left', () => {
      const asking = (retryAfter: number) => Object.assign(new Error('busy'), { retryAfter });
      expect(retryDelay(retry, { ...first, error: asking(60), elapsed: 40 })).toBe(60);
      expect(retryDelay(retry, { ...first, error: asking(61), elapsed: 40 })).toBeUndefined();
    });
  });

  describe('after retryAfter', () => {
    const asking = (retryAfter: number) => Object.assign(new Error('busy'), { retryAfter });

    it('is at least what was asked for, and no less than the back-off', () => {
      const retry = constant({ delay: 50 });
      expect(retryDelay(retry, { ...first, error: asking(80) })).toBe(80);
      expect(retryDelay(retry, { ...first, error: asking(20) })).toBe(50);
    });

    it('is none when nobody can wait that long', () => {
      expect(retryDelay(constant(), { ...first, error: asking(MAX_TIMEOUT) })).toBe(MAX_TIMEOUT);
      expect(retryDelay(constant(), { ...first, error: asking(MAX_TIMEOUT + 1) })).toBeUndefined();
    });
  });

  describe('with a budget', () => {
    it('is none once the budget is exhausted, and one again when tries succeed', () => {
      const budget = retryBudget({ tokens: 4, tokenRatio: 1 });
      const retry = constant({ attempts: 9, budget });
      expect(retryDelay(retry, first)).toBe(100);
      expect(retryDelay(retry, first)).toBeUndefined();
      budget.succeeded();
      budget.succeeded();
      expect(retryDelay(retry, first)).toBe(100);
    });

    it('notes every failure that another try might mend, the last one too', () => {
      const budget = retryBudget({ tokens: 10 });
      retryDelay(constant({ attempts: 1, budget }), first);
      expect(budget.tokens).toBe(9);
    });

    it('does not note again what it was told of, and heeds it all the same', () => {
      const budget = retryBudget({ tokens: 4 });
      const retry = constant({ attempts: 9, budget });
      retryDelay(retry, first);
      expect(retryDelay(retry, { ...first, isCounted: true })).toBe(100);
      expect(budget.tokens).toBe(3);
      budget.failed();
      expect(retryDelay(retry, { ...first, isCounted: true })).toBeUndefined();
    });

    it('does not note what no other try would mend', () => {
      const budget = retryBudget({ tokens: 10 });
      retryDelay(constant({ budget }), { ...first, error: new TroupeError('InvalidInput', 'no') });
      retryDelay(constant({ budget, retryIf: () => false }), first);
      expect(budget.tokens).toBe(10);
    });
  });
});
