import { describe, expect, it } from 'vitest';
import { measureSpeedUp } from '../../bench/harness/speed-up.ts';
import { spin } from '../../bench/tasks/pool.ts';

const parameters = { taskMs: 0.1, warmUp: 5, tasks: 10, slices: 3, inFlight: 4 };

describe('measureSpeedUp', () => {
  it('plays every task of every slice, so many in flight, after short and longer ones to warm up', async () => {
    let active = 0;
    let most = 0;
    const calls: number[] = [];
    const run = async (rounds: number) => {
      calls.push(rounds);
      active += 1;
      most = Math.max(most, active);
      await Promise.resolve();
      active -= 1;
      return spin(rounds);
    };
    expect(await measureSpeedUp(run, parameters)).toBeGreaterThan(0);
    const full = calls.at(-1) as number;
    expect(calls.slice(0, 5)).toEqual([100, 100, 100, 100, 100]);
    expect(calls[5]).toBe(Math.ceil(full / 4));
    expect(calls.slice(6)).toEqual(Array.from({ length: 30 }, () => full));
    expect(most).toBe(4);
  });

  it('rejects when a result is wrong', async () => {
    const run = async (rounds: number) => spin(rounds) + 1;
    await expect(measureSpeedUp(run, parameters)).rejects.toThrow('wrong result: expected');
  });
});
