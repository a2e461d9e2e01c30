import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gcra } from '../../src/schedule/index.ts';

describe('Gcra', () => {
  it('lets a burst go at once, and then one at a time, evenly', () => {
    const rate = new Gcra(100, 3);
    expect([rate.take(0), rate.take(0), rate.take(0), rate.take(0)]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(rate.wait(0)).toBe(100);
    expect(rate.wait(40)).toBe(60);
    expect(rate.take(99)).toBe(false);
    expect(rate.take(100)).toBe(true);
    expect(rate.wait(100)).toBe(100);
  });

  it('fills up again during a pause, to a burst and no more', () => {
    const rate = new Gcra(10, 2);
    rate.take(0);
    rate.take(0);
    expect([rate.take(1_000), rate.take(1_000), rate.take(1_000)]).toEqual([true, true, false]);
  });

  it('takes nothing when it refuses', () => {
    const rate = new Gcra(10, 1);
    rate.take(0);
    for (let time = 0; time < 10; time++) expect(rate.take(time)).toBe(false);
    expect(rate.take(10)).toBe(true);
  });

  it('does not send away whom the sum of fractions lets come a hair too early', () => {
    const rate = new Gcra(78.18307362422047, 1);
    rate.take(33.49889020697954);
    const now = 34.23122310931186;
    const told = now + rate.wait(now);
    expect(told).toBeLessThan(33.49889020697954 + 78.18307362422047);
    expect(rate.take(told)).toBe(true);
  });

  const gaps = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { maxLength: 80 });
  const rates = fc.record({
    spacing: fc.double({ min: 0.5, max: 40, noNaN: true }),
    burst: fc.integer({ min: 1, max: 8 }),
  });

  it('never lets more go in any stretch of time than a burst and what it refills', () => {
    fc.assert(
      fc.property(rates, gaps, ({ spacing, burst }, pauses) => {
        const rate = new Gcra(spacing, burst);
        let now = 0;
        const taken: number[] = [];
        for (const pause of pauses) {
          now += pause;
          if (rate.take(now)) taken.push(now);
        }
        taken.forEach((from, first) => {
          taken.slice(first).forEach((to, count) => {
            // One extra hundredth for the resolution and for sums of fractions.
            expect(count + 1).toBeLessThanOrEqual(burst + (to - from) / spacing + 0.01);
          });
        });
      }),
    );
  });

  it('lets one go at just the time that it said', () => {
    fc.assert(
      fc.property(rates, gaps, ({ spacing, burst }, pauses) => {
        const rate = new Gcra(spacing, burst);
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          now += rate.wait(now);
          expect(rate.take(now)).toBe(true);
        }
      }),
    );
  });
});
