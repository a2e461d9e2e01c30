import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../src/pool/histogram.ts';

const duration = fc.double({ min: 0, max: 1e6, noNaN: true });

function of(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('Histogram', () => {
  it('is empty at first', () => {
    const empty = { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 };
    expect(new Histogram().summary()).toEqual(empty);
  });

  it('knows count, mean and maximum, and each quantile within an eighth', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (values) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] as number;
        const { count, mean, p50, p90, p99, max } = of(values).summary();
        expect(count).toBe(values.length);
        expect(max).toBe(sorted.at(-1));
        expect(mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / count, 3);
        for (const [share, found] of [
          [0.5, p50],
          [0.9, p90],
          [0.99, p99],
        ] as const) {
          const right = exact(share);
          expect(found).toBeGreaterThanOrEqual(Math.min(right, max) * 0.999_999);
          expect(found).toBeLessThanOrEqual(right * 1.13 + 0.001);
        }
      }),
    );
  });

  it('adds up', () => {
    const all = fc.array(duration);
    fc.assert(
      fc.property(all, all, (one, other) => {
        const sum = of(one);
        sum.add(of(other));
        const { mean, ...rest } = of([...one, ...other]).summary();
        expect(sum.summary()).toMatchObject(rest);
        expect(sum.summary().mean).toBeCloseTo(mean, 3);
      }),
    );
  });

  it('takes what a clock ran backwards for as nothing', () => {
    expect(of([-1]).summary()).toMatchObject({ count: 1, max: 0, p99: 0 });
  });
});
