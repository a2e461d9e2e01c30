import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakDuration, MAX_TIMEOUT, resolveBreakerOptions } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

describe('resolveBreakerOptions', () => {
  it('has a default for everything but the functions', () => {
    const { isFailure, isIgnored, isFailedResult, retryAfter, ...rest } = resolveBreakerOptions();
    expect([isFailure, isIgnored, isFailedResult, retryAfter]).toEqual(Array(4).fill(undefined));
    expect(rest).toEqual({
      window: { calls: 100 },
      minimumCalls: 10,
      failureRate: 0.5,
      slowCallRate: 1,
      slowCallDuration: 60_000,
      probes: 1,
      halfOpenTimeout: 30_000,
      maxRetryAfter: 600_000,
      break: { initial: 1_000, factor: 2, max: 60_000, jitter: 0.2 },
    });
  });

  it('fits what was not said to what was', () => {
    expect(resolveBreakerOptions({ window: { calls: 4 } }).minimumCalls).toBe(4);
    expect(resolveBreakerOptions({ window: { period: 50 } })).toMatchObject({
      window: { period: 50, buckets: 10 },
      minimumCalls: 10,
    });
    expect(resolveBreakerOptions({ break: { initial: 90_000 } }).break.max).toBe(90_000);
    const asked = { probes: undefined } as never;
    expect(resolveBreakerOptions(asked).probes).toBe(1);
  });

  it.each([
    ['options', null],
    ['options', 7],
    ['probs', { probs: 1 }],
    ['window', { window: 5 }],
    ['window', { window: null }],
    ['window', { window: {} }],
    ['window', { window: { calls: 5, period: 5 } }],
    ['window.size', { window: { size: 5 } }],
    ['window.calls', { window: { calls: 0 } }],
    ['window.calls', { window: { calls: 1.5 } }],
    ['window.period', { window: { period: 0 } }],
    ['window.period', { window: { period: Number.POSITIVE_INFINITY } }],
    ['window.buckets', { window: { period: 5, buckets: 0 } }],
    ['minimumCalls', { minimumCalls: 0 }],
    ['minimumCalls', { window: { calls: 5 }, minimumCalls: 6 }],
    ['failureRate', { failureRate: 0 }],
    ['failureRate', { failureRate: 50 }],
    ['slowCallRate', { slowCallRate: Number.NaN }],
    ['slowCallDuration', { slowCallDuration: -1 }],
    ['probes', { probes: 0 }],
    ['halfOpenTimeout', { halfOpenTimeout: 0 }],
    ['halfOpenTimeout', { halfOpenTimeout: MAX_TIMEOUT + 1 }],
    ['maxRetryAfter', { maxRetryAfter: -1 }],
    ['break', { break: 5 }],
    ['break.min', { break: { min: 5 } }],
    ['break.initial', { break: { initial: 0 } }],
    ['break.factor', { break: { factor: 0.5 } }],
    ['break.factor', { break: { factor: Number.POSITIVE_INFINITY } }],
    ['break.max', { break: { initial: 10, max: 5 } }],
    ['break.jitter', { break: { jitter: 1.1 } }],
    ['break.jitter', { break: { jitter: 'full' } }],
    ['isFailure', { isFailure: true }],
    ['isIgnored', { isIgnored: {} }],
    ['isFailedResult', { isFailedResult: 'no' }],
    ['retryAfter', { retryAfter: 5 }],
  ])('names %s when it gets %o', (field, options) => {
    const error = thrown(() => resolveBreakerOptions(options as never), 'InvalidOption');
    expect(error.details.field).toBe(field);
  });
});

describe('the break', () => {
  const options = { initial: 100, factor: 3, max: 1_000, jitter: 0 };

  it('grows from one to the next, up to the longest', () => {
    const lengths = [1, 2, 3, 4, 999].map((breaks) => breakDuration(options, breaks, 0.7));
    expect(lengths).toEqual([100, 300, 900, 1_000, 1_000]);
  });

  it('loses to chance no more than its jitter, and is whole milliseconds above 0', () => {
    const any = fc.record({
      initial: fc.double({ min: 0.001, max: 5_000, noNaN: true }),
      factor: fc.double({ min: 1, max: 50, noNaN: true }),
      max: fc.integer({ min: 5_000, max: MAX_TIMEOUT }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 5_000 }), chance, (shape, breaks, random) => {
        const length = breakDuration(shape, breaks, random);
        const full = breakDuration({ ...shape, jitter: 0 }, breaks, random);
        expect(Number.isSafeInteger(length) && length >= 1).toBe(true);
        expect(length).toBeLessThanOrEqual(full);
        expect(length).toBeGreaterThanOrEqual(Math.floor((full - 1) * (1 - shape.jitter)));
      }),
    );
  });

  it('is drawn evenly', () => {
    const half = { ...options, jitter: 0.5 };
    expect([0, 0.5, 0.999].map((random) => breakDuration(half, 1, random))).toEqual([100, 75, 51]);
  });
});
