import { describe, expect, it } from 'vitest';
import { measureLatency } from '../../bench/harness/latency.ts';

/** Round trips of 1, 2, 3 … ms, on a clock that only they move. */
function slowingPool() {
  let now = 0;
  let trips = 0;
  return {
    now: () => now,
    run: async (x: number) => {
      trips += 1;
      now += trips;
      return x + 1;
    },
  };
}

describe('measureLatency', () => {
  it('is the quantile of the round trips after the warm-up, in microseconds', async () => {
    for (const [quantile, expected] of [
      [0, 4_000],
      [0.5, 6_000],
      [1, 8_000],
    ] as const) {
      const { run, now } = slowingPool();
      // 1 + 2 + 3 ms to warm up; 4 to 8 make 30.
      const window = { quantile, warmupMs: 6, measureMs: 30 };
      expect(await measureLatency(run, window, now)).toBe(expected);
    }
  });

  it('has one task in flight', async () => {
    const { now, run } = slowingPool();
    let active = 0;
    const alone = async (x: number) => {
      expect(active++).toBe(0);
      const y = await run(x);
      active -= 1;
      return y;
    };
    await measureLatency(alone, { quantile: 1, warmupMs: 1, measureMs: 5 }, now);
    expect(active).toBe(0);
  });

  it('rejects when a result is wrong', async () => {
    const window = { quantile: 0.5, warmupMs: 1, measureMs: 1 };
    await expect(measureLatency(async (x) => x, window)).rejects.toThrow('wrong result');
  });
});
