import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRestart, exceedsIntensity, resolveRestartIntensity } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

describe('resolveRestartIntensity', () => {
  it('is three restarts in five seconds, unless it is said', () => {
    expect(resolveRestartIntensity()).toEqual({ intensity: 3, period: 5_000 });
    expect(resolveRestartIntensity({ intensity: 0 })).toEqual({ intensity: 0, period: 5_000 });
    expect(resolveRestartIntensity({ period: 1 })).toEqual({ intensity: 3, period: 1 });
  });

  it.each([
    ['intensity', { intensity: -1 }],
    ['intensity', { intensity: 0.5 }],
    ['intensity', { intensity: Number.POSITIVE_INFINITY }],
    ['inensity', { inensity: 5 }],
    ['period', { period: 0 }],
    ['period', { period: Number.NaN }],
    ['period', { period: Number.POSITIVE_INFINITY }],
  ])('names %s when it gets %o', (field, partial) => {
    const error = thrown(() => resolveRestartIntensity(partial as object), 'InvalidOption');
    expect(error.details.field).toBe(field);
  });
});

describe('the window', () => {
  it('slides: a restart falls out of it when the period has passed', () => {
    const limit = { intensity: 1, period: 100 };
    const first = addRestart([], 0, limit);
    expect(exceedsIntensity(first, limit)).toBe(false);
    expect(exceedsIntensity(addRestart(first, 99, limit), limit)).toBe(true);
    expect(exceedsIntensity(addRestart(first, 100, limit), limit)).toBe(false);
  });

  it('tolerates none where the intensity is 0', () => {
    const limit = { intensity: 0, period: 100 };
    expect(exceedsIntensity(addRestart([], 0, limit), limit)).toBe(true);
  });

  it('gives up when, and only when, a naive count of the last period does', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 });
    const limits = fc.record({
      intensity: fc.integer({ min: 0, max: 6 }),
      period: fc.integer({ min: 1, max: 120 }),
    });
    fc.assert(
      fc.property(gaps, limits, (waits, limit) => {
        let now = 0;
        const all: number[] = [];
        let window: readonly number[] = [];
        for (const wait of waits) {
          now += wait;
          all.push(now);
          window = addRestart(window, now, limit);
          const recent = all.filter((at) => at > now - limit.period);
          expect(window).toEqual(recent);
          expect(exceedsIntensity(window, limit)).toBe(recent.length > limit.intensity);
        }
      }),
    );
  });

  it('is not changed by what is added to it', () => {
    const before = Object.freeze([1, 2]);
    expect(addRestart(before, 3, { intensity: 5, period: 10 })).toEqual([1, 2, 3]);
    expect(before).toEqual([1, 2]);
  });
});
