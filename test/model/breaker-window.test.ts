import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BreakerWindow,
  CountWindow,
  exceedsRates,
  probesVerdict,
  TimeWindow,
} from '../../src/model/index.ts';

interface Call {
  readonly failed: boolean;
  readonly slow: boolean;
  readonly at: number;
}

const countsOf = (calls: readonly Call[]) => ({
  calls: calls.length,
  failures: calls.filter(({ failed }) => failed).length,
  slow: calls.filter(({ slow }) => slow).length,
});

const seenBy = ({ calls, failures, slow }: BreakerWindow) => ({ calls, failures, slow });

/** Calls with the time that passes before each. */
const traffic = fc.array(
  fc.record({
    failed: fc.boolean(),
    slow: fc.boolean(),
    wait: fc.oneof(
      fc.constant(0),
      fc.integer({ max: 400, min: 0 }),
      fc.double({ min: 0, max: 20, noNaN: true }),
    ),
  }),
  { maxLength: 80 },
);

describe('the window of the last calls', () => {
  it('counts what a naive list of the last calls holds', () => {
    fc.assert(
      fc.property(traffic, fc.integer({ min: 1, max: 20 }), (calls, size) => {
        const window = new CountWindow(size);
        const all: Call[] = [];
        for (const { failed, slow } of calls) {
          window.record(failed, slow);
          all.push({ failed, slow, at: 0 });
          expect(seenBy(window)).toEqual(countsOf(all.slice(-size)));
        }
      }),
    );
  });

  it('is empty when it was cleared, and goes on as a new one', () => {
    fc.assert(
      fc.property(traffic, traffic, fc.integer({ min: 1, max: 9 }), (before, after, size) => {
        const [used, fresh] = [new CountWindow(size), new CountWindow(size)];
        for (const { failed, slow } of before) used.record(failed, slow);
        used.clear();
        for (const { failed, slow } of after) {
          used.record(failed, slow);
          fresh.record(failed, slow);
          expect(seenBy(used)).toEqual(seenBy(fresh));
        }
      }),
    );
  });
});

describe('the window of the last time', () => {
  const shape = fc.record({
    period: fc.integer({ min: 1, max: 500 }),
    buckets: fc.integer({ min: 1, max: 12 }),
    start: fc.constantFrom(0, 12_345.678, -500),
  });

  /** A call is seen as long as its bucket is one of the last `buckets`. */
  const naive = (all: readonly Call[], now: number, period: number, buckets: number) => {
    const bucketOf = (at: number) => Math.floor(at / (period / buckets));
    return countsOf(all.filter(({ at }) => bucketOf(now) - bucketOf(at) < buckets));
  };

  it('counts what a naive list of the last buckets holds, whether calls come or not', () => {
    fc.assert(
      fc.property(traffic, shape, (calls, { period, buckets, start }) => {
        const window = new TimeWindow(period, buckets);
        const all: Call[] = [];
        let now = start;
        for (const { failed, slow, wait } of calls) {
          now += wait;
          window.expire(now);
          expect(seenBy(window)).toEqual(naive(all, now, period, buckets));
          window.record(failed, slow, now);
          all.push({ failed, slow, at: now });
          expect(seenBy(window)).toEqual(naive(all, now, period, buckets));
        }
      }),
    );
  });

  it('sees a call for the period at most, and for all but a bucket of it at least', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 0, max: 999 }), ({ period, buckets }, start) => {
        const window = new TimeWindow(period, buckets);
        window.record(true, false, start);
        window.expire(start + period - period / buckets - 1e-6);
        expect(window.failures).toBe(1);
        window.expire(start + period + 1e-6);
        expect(window.failures).toBe(0);
      }),
    );
  });

  it('forgets everything when it was cleared, and only what came before', () => {
    const window = new TimeWindow(100, 10);
    window.record(true, true, 5);
    window.clear();
    window.record(false, true, 6);
    expect(seenBy(window)).toEqual({ calls: 1, failures: 0, slow: 1 });
    // What was cleared must not be subtracted when its bucket leaves.
    window.expire(205);
    expect(seenBy(window)).toEqual({ calls: 0, failures: 0, slow: 0 });
  });
});

describe('the rates', () => {
  const limits = { failureRate: 0.5, slowCallRate: 0.8 };

  it('exceed what is allowed from the threshold on', () => {
    expect(exceedsRates({ calls: 10, failures: 4, slow: 7 }, limits)).toBe(false);
    expect(exceedsRates({ calls: 10, failures: 5, slow: 0 }, limits)).toBe(true);
    expect(exceedsRates({ calls: 10, failures: 0, slow: 8 }, limits)).toBe(true);
    expect(exceedsRates({ calls: 0, failures: 0, slow: 0 }, limits)).toBe(false);
  });

  it('of the probes are decided when, and only when, the rest cannot change them', () => {
    const rate = fc.double({ min: 0.01, max: 1, noNaN: true });
    const call = fc.record({ failed: fc.boolean(), slow: fc.boolean() });
    const probes = fc.array(call, { minLength: 1, maxLength: 5 });
    /** All ways in which so many calls can end. */
    const endings = (count: number): { failed: boolean; slow: boolean }[][] => {
      if (count === 0) return [[]];
      return endings(count - 1).flatMap((rest) =>
        [false, true].flatMap((failed) => [false, true].map((slow) => [{ failed, slow }, ...rest])),
      );
    };
    fc.assert(
      fc.property(probes, fc.nat(), rate, rate, (all, cut, failureRate, slowCallRate) => {
        const thresholds = { failureRate, slowCallRate };
        const known = all.slice(0, cut % (all.length + 1)).map((end) => ({ ...end, at: 0 }));
        const outcomes = endings(all.length - known.length).map((rest) =>
          exceedsRates(countsOf([...known, ...rest.map((end) => ({ ...end, at: 0 }))]), thresholds),
        );
        const verdict = probesVerdict(countsOf(known), all.length, thresholds);
        if (outcomes.every((bad) => bad)) expect(verdict).toBe('failed');
        else if (outcomes.some((bad) => bad)) expect(verdict).toBeUndefined();
        else expect(verdict).toBe('passed');
      }),
    );
  });
});
