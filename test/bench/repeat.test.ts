import { describe, expect, it } from 'vitest';
import { microsecondsEach, perSecond, repeat } from '../../bench/harness/repeat.ts';

/** A clock that only a batch moves. */
function manualClock() {
  let time = 0;
  return {
    now: () => time,
    advance: (ms: number) => {
      time += ms;
    },
  };
}

describe('repeat', () => {
  it('counts whole batches after the warm-up, until the time is up', async () => {
    const clock = manualClock();
    let batches = 0;
    const batch = () => {
      batches += 1;
      clock.advance(10);
      return 5;
    };
    const repeated = await repeat(batch, { warmupMs: 30, measureMs: 95 }, clock.now);
    expect(repeated).toEqual({ operations: 50, ms: 100 });
    expect(batches).toBe(13);
  });

  it('waits for a batch that takes its time', async () => {
    const clock = manualClock();
    const batch = async () => {
      await Promise.resolve();
      clock.advance(1);
      return 1;
    };
    const repeated = await repeat(batch, { warmupMs: 1, measureMs: 3 }, clock.now);
    expect(repeated).toEqual({ operations: 3, ms: 3 });
  });

  it('fails with a batch that fails', async () => {
    const batch = () => {
      throw new Error('wrong result');
    };
    await expect(repeat(batch, { warmupMs: 1, measureMs: 1 })).rejects.toThrow('wrong result');
  });
});

describe('units', () => {
  it('are operations per second and microseconds for each', () => {
    expect(perSecond({ operations: 50, ms: 100 })).toBe(500);
    expect(microsecondsEach({ operations: 50, ms: 100 })).toBe(2_000);
  });
});
