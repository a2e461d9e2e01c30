import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRetry, constant, exponential, MAX_TIMEOUT, NO_RETRY } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const attempt = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 }));
const settings = fc.record({
  initial: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100_000, noNaN: true })),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  max: fc.oneof(fc.constant(0), fc.double({ min: 0, max: MAX_TIMEOUT, noNaN: true })),
});

describe('NO_RETRY', () => {
  it('is one try', () => {
    expect(NO_RETRY.attempts).toBe(1);
    expect(NO_RETRY.delay(1, 0.5)).toBe(0);
  });
});

describe('constant', () => {
  it('waits the same between all tries', () => {
    const retry = constant({ attempts: 5, delay: 70 });
    expect(retry.attempts).toBe(5);
    expect([1, 2, 9].map((failed) => retry.delay(failed, 0.9))).toEqual([70, 70, 70]);
  });

  it('is three tries, 100 ms apart, unless it is said', () => {
    expect(constant().attempts).toBe(3);
    expect(constant().delay(1, 0)).toBe(100);
  });

  it.each([
    [{ attempts: 0 }, 'attempts must be a whole number of 1 or more, but got 0'],
    [{ attempts: 1.5 }, 'attempts must be a whole number of 1 or more, but got 1.5'],
    [{ attempts: '3' as never }, 'attempts must be a whole number of 1 or more, but got "3"'],
    [{ delay: -1 }, 'delay must be milliseconds from 0 to 2147483647, but got -1'],
    [{ delay: Number.NaN }, 'delay must be milliseconds from 0 to 2147483647, but got NaN'],
    [{ delay: '5' as never }, 'delay must be milliseconds from 0 to 2147483647, but got "5"'],
    [{ delay: MAX_TIMEOUT + 1 }, 'delay must be milliseconds from 0 to 2147483647'],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => constant(options), 'InvalidOption').message).toContain(message);
  });
});

describe('exponential', () => {
  it('multiplies the wait from try to try, up to the longest', () => {
    const { delay } = exponential({ initial: 10, factor: 3, max: 200, jitter: 'none' });
    expect([1, 2, 3, 4, 5, 99].map((failed) => delay(failed, 0.5))).toEqual([
      10, 30, 90, 200, 200, 200,
    ]);
  });

  it('is three tries with full jitter from 100 ms up to 30 s, unless it is said', () => {
    const { attempts, delay } = exponential();
    expect(attempts).toBe(3);
    expect(delay(1, 0.25)).toBe(25);
    expect(delay(2, 0.5)).toBe(100);
    expect(delay(1_000, 0.5)).toBe(15_000);
  });

  it('never waits less than nothing or more than the longest', () => {
    fc.assert(
      fc.property(settings, attempt, chance, (options, failed, random) => {
        const wait = exponential({ ...options, jitter: 'full' }).delay(failed, random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(options.max);
      }),
    );
  });

  it('draws with full jitter evenly from what it would wait without', () => {
    fc.assert(
      fc.property(settings, attempt, chance, (options, failed, random) => {
        const ceiling = exponential({ ...options, jitter: 'none' }).delay(failed, random);
        expect(exponential(options).delay(failed, random)).toBe(ceiling * random);
      }),
    );
  });

  it('never waits shorter after more failures, without jitter', () => {
    fc.assert(
      fc.property(settings, attempt, attempt, (options, one, other) => {
        const { delay } = exponential({ ...options, jitter: 'none' });
        expect(delay(Math.max(one, other), 0)).toBeGreaterThanOrEqual(
          delay(Math.min(one, other), 0),
        );
      }),
    );
  });

  it.each([
    [{ attempts: Number.POSITIVE_INFINITY }, 'attempts must be a whole number of 1 or more'],
    [{ initial: -1 }, 'initial must be milliseconds from 0 to'],
    [{ max: Number.POSITIVE_INFINITY }, 'max must be milliseconds from 0 to'],
    [{ factor: 0.5 }, 'factor must be a number of 1 or more, but got 0.5'],
    [{ factor: Number.POSITIVE_INFINITY }, 'factor must be a number of 1 or more'],
    [{ jitter: 'some' as never }, `jitter must be 'full' or 'none', but got "some"`],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => exponential(options), 'InvalidOption').message).toContain(message);
  });
});

describe('checkRetry', () => {
  it.each([
    ['constant', constant()],
    ['exponential', exponential()],
    ['one of my own', { attempts: 2, delay: () => 1 }],
  ])('takes %s', (_, retry) => {
    expect(() => checkRetry('retry', retry)).not.toThrow();
  });

  it.each([3, null, undefined, {}, { attempts: 3 }, { attempts: 3, delay: 100 }])(
    'refuses %o',
    (value) => {
      const { message, details } = thrown(() => checkRetry('retry', value), 'InvalidOption');
      expect(message).toMatch(/^retry must be a retry such as exponential\(\) or constant\(\)/);
      expect(details.field).toBe('retry');
    },
  );

  it('names the field whose tries are wrong', () => {
    const retry = { attempts: 0, delay: () => 1 };
    const { details } = thrown(() => checkRetry('step a: retry', retry), 'InvalidOption');
    expect(details.field).toBe('step a: retry.attempts');
  });
});
