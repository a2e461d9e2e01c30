import { describe, expect, it } from 'vitest';
import { measureSpeedUp } from '../../bench/harness/speed-up.ts';
import { spin } from '../../bench/tasks/pool.ts';

const parameters = { taskMs: 0.1, warmUp: 5, tasks: 10, slices: 3, inFlight: 4 };

describe('measureSpeedUp', () => {
  it('plays every task of every slice, so many in flight, after short ones and a slice to warm up', async () => {
    let active = 0;
    let most = 0;
    let calls = 0;
    const run = async (rounds: number) => {
      calls += 1;
      active += 1;
      most = Math.max(most, active);
      await Promise.resolve();
      active -= 1;
      return spin(rounds);
    };
    expect(await measureSpeedUp(run, parameters)).toBeGreaterThan(0);
    expect(calls).toBe(45);
    expect(most).toBe(4);
  });

  it('rejects when a result is wrong', async () => {
    const run = async (rounds: number) => spin(rounds) + 1;
    await expect(measureSpeedUp(run, parameters)).rejects.toThrow('wrong result: expected');
  });
});
