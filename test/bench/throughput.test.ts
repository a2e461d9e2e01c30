import { describe, expect, it } from 'vitest';
import { measureThroughput } from '../../bench/harness/throughput.ts';
import { numbers } from '../../bench/harness/work.ts';

/** A clock that stands still but for one millisecond per reading. */
function tickingClock(): () => number {
  let now = 0;
  return () => {
    now += 1;
    return now;
  };
}

const increment = async (x: unknown) => Number(x) + 1;

describe('measureThroughput', () => {
  it('counts per second, without the warm-up', async () => {
    const window = { inFlight: 4, warmupMs: 50, measureMs: 100 };
    // The clock is read once in 16 tasks and ticks once per reading.
    expect(await measureThroughput(increment, numbers, window, tickingClock())).toBe(16_000);
  });

  it('keeps exactly so many tasks in flight', async () => {
    let active = 0;
    const seen = new Set<number>();
    const run = async (x: unknown) => {
      active += 1;
      if (Number(x) >= 8) seen.add(active);
      await Promise.resolve();
      active -= 1;
      return Number(x) + 1;
    };
    await measureThroughput(
      run,
      numbers,
      { inFlight: 8, warmupMs: 5, measureMs: 20 },
      tickingClock(),
    );
    expect(Math.max(...seen)).toBe(8);
    expect(active).toBe(0);
  });

  it('gives each task another input', async () => {
    const inputs: unknown[] = [];
    const run = async (x: unknown) => {
      inputs.push(x);
      return Number(x) + 1;
    };
    await measureThroughput(
      run,
      numbers,
      { inFlight: 3, warmupMs: 2, measureMs: 5 },
      tickingClock(),
    );
    expect(new Set(inputs).size).toBe(inputs.length);
  });

  it.each([
    ['the first result', 0],
    ['a later result', 40],
  ])('rejects when %s is wrong', async (_, after) => {
    let calls = 0;
    const run = async (x: unknown) => {
      calls += 1;
      return calls > after ? x : Number(x) + 1;
    };
    await expect(
      measureThroughput(
        run,
        numbers,
        { inFlight: 4, warmupMs: 50, measureMs: 100 },
        tickingClock(),
      ),
    ).rejects.toThrow(/wrong result: expected -?\d+ for -?\d+, got -?\d+/);
  });
});
