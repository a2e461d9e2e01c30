import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constant,
  decorrelatedJitter,
  exponential,
  linear,
  MAX_TIMEOUT,
} from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const attempt = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 }));
const settings = fc.record({
  initial: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100_000, noNaN: true })),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  max: fc.oneof(fc.constant(0), fc.double({ min: 0, max: MAX_TIMEOUT, noNaN: true })),
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

describe('linear', () => {
  it('adds the same to the wait from try to try, up to the longest', () => {
    const { delay } = linear({ initial: 10, increment: 25, max: 70, jitter: 'none' });
    expect([1, 2, 3, 4, 99].map((failed) => delay(failed, 0.5))).toEqual([10, 35, 60, 70, 70]);
  });

  it('is three tries with full jitter, 100 ms more each time up to 30 s, unless it is said', () => {
    const { attempts, delay } = linear();
    expect(attempts).toBe(3);
    expect([1, 2, 3, 1_000].map((failed) => delay(failed, 0.5))).toEqual([50, 100, 150, 15_000]);
  });

  it('draws with full jitter evenly from what it would wait without', () => {
    const lines = fc.record({ initial: settings, increment: settings }).map((two) => ({
      initial: two.initial.initial,
      increment: two.increment.initial,
      max: two.initial.max,
    }));
    fc.assert(
      fc.property(lines, attempt, chance, (options, failed, random) => {
        const ceiling = linear({ ...options, jitter: 'none' }).delay(failed, random);
        expect(ceiling).toBeLessThanOrEqual(options.max);
        expect(linear(options).delay(failed, random)).toBe(ceiling * random);
      }),
    );
  });

  it.each([
    [{ initial: -1 }, 'initial must be milliseconds from 0 to'],
    [{ increment: Number.NaN }, 'increment must be milliseconds from 0 to'],
    [{ max: '9' as never }, 'max must be milliseconds from 0 to'],
    [{ jitter: true as never }, `jitter must be 'full' or 'none', but got true`],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => linear(options), 'InvalidOption').message).toContain(message);
  });
});

describe('decorrelatedJitter', () => {
  const bounds = fc
    .tuple(
      fc.double({ min: 0, max: 100_000, noNaN: true }),
      fc.double({ min: 0, max: 100_000, noNaN: true }),
    )
    .map(([a, b]) => ({ initial: Math.min(a, b), max: Math.max(a, b) }));

  it('draws between the initial wait and three times the previous one', () => {
    const { delay } = decorrelatedJitter({ initial: 100, max: 10_000 });
    expect(delay(1, 0)).toBe(100);
    expect(delay(1, 0.5)).toBe(200);
    expect(delay(2, 0.5, 200)).toBe(350);
    expect(delay(3, 0, 5_000)).toBe(100);
    expect(delay(3, 0.9, 5_000)).toBe(10_000);
  });

  it('is three tries from 100 ms up to 30 s, unless it is said', () => {
    const { attempts, delay } = decorrelatedJitter();
    expect(attempts).toBe(3);
    expect(delay(1, 0)).toBe(100);
    expect(delay(9, 0.999, 25_000)).toBe(30_000);
  });

  it('stays within its bounds over any run, whatever chance brings', () => {
    fc.assert(
      fc.property(bounds, fc.array(chance, { minLength: 1, maxLength: 40 }), (options, draws) => {
        const { delay } = decorrelatedJitter(options);
        let previous: number | undefined;
        draws.forEach((random, index) => {
          const wait = delay(index + 1, random, previous);
          const ceiling = Math.max(options.initial, (previous ?? options.initial) * 3);
          expect(wait).toBeGreaterThanOrEqual(options.initial);
          expect(wait).toBeLessThanOrEqual(Math.min(options.max, ceiling));
          previous = wait;
        });
      }),
    );
  });

  it('reaches both ends of its range', () => {
    const { delay } = decorrelatedJitter({ initial: 10, max: 1_000 });
    expect(delay(2, 0, 50)).toBe(10);
    expect(delay(2, 1 - 2 ** -53, 50)).toBeCloseTo(150, 9);
  });

  it.each([
    [{ initial: -1 }, 'initial must be milliseconds from 0 to'],
    [{ initial: 50, max: 20 }, 'max must be not less than initial, 50, but got 20'],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => decorrelatedJitter(options), 'InvalidOption').message).toContain(message);
  });
});
