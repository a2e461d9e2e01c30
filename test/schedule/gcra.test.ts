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

  it('lets one go for each that is given back of those that went last', () => {
    const rate = new Gcra(100, 2);
    rate.take(0);
    rate.take(0);
    rate.giveBack(0);
    expect([rate.take(0), rate.take(0)]).toEqual([true, false]);
    expect([rate.readyAt, rate.restedAt]).toEqual([100, 200]);
    rate.take(100);
    rate.giveBack(0);
    expect(rate.wait(100)).toBe(100);
  });

  it('never lets more go than a burst and what it refills, whatever is given back', () => {
    const moves = fc.array(
      fc.record({ pause: fc.constantFrom(0, 0, 3, 20, 100), which: fc.nat(30) }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(rates, moves, ({ spacing, burst }, list) => {
        const rate = new Gcra(spacing, burst);
        const went: number[] = [];
        let now = 0;
        for (const { pause, which } of list) {
          now += pause;
          goOrGiveBack(rate, went, now, which);
          const excess = went.map((from, first) => {
            return went.length - first - burst - (now - from) / spacing;
          });
          expect(Math.max(0, ...excess)).toBeLessThanOrEqual(0.01);
        }
      }),
    );
  });
});

/** One goes if it may, or one of those that went comes back. */
function goOrGiveBack(rate: Gcra, went: number[], now: number, which: number): void {
  const [back] = which < 10 ? went.splice(which % Math.max(went.length, 1), 1) : [];
  if (back !== undefined) rate.giveBack(back);
  else if (rate.take(now)) went.push(now);
}
