import { describe, expect, it } from 'vitest';
import {
  measureDetection,
  measureNeighbours,
  type Watch,
} from '../../bench/harness/hung-neighbour.ts';
import { VirtualClock } from '../../src/testing/index.ts';

const parameters = { timeoutMs: 5, hangs: 2, intervalMs: 1, sliceMs: 20 };
const increment = async (x: number) => x + 1;

/** A pool of one thread, which is replaced so many milliseconds after its task was to be ended. */
function stage(replacedAfter: number) {
  const clock = new VirtualClock();
  const sleep = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
  const watch: Watch = { now: () => clock.now(), sleep };
  let thread = Promise.resolve();
  const pool = {
    /** Takes a millisecond on a thread that is there. */
    async run(x: number) {
      await thread;
      await sleep(1);
      return x + 1;
    },
    async hang(timeoutMs: number) {
      thread = sleep(timeoutMs + replacedAfter);
      await thread;
      throw new Error('timed out');
    },
  };
  return { clock, watch, pool };
}

/** Lets so much time pass as it takes. */
async function outcome<T>(clock: VirtualClock, measuring: Promise<T>): Promise<T> {
  let isOver = false;
  const over = measuring.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  while (!isOver) await clock.advance(1);
  return over;
}

describe('measureNeighbours', () => {
  it('compares the slow ones among those beside a hung task with those without one', async () => {
    const { clock, watch, pool } = stage(40);
    // The first of a slice waits for all of the 5 + 40 ms and takes its own, the next 1 ms less: 99 %
    // lie between. Without a hung thread each takes 1 ms.
    const ratio = await outcome(clock, measureNeighbours(pool, parameters, watch));
    expect(ratio).toBeCloseTo(45 + 0.81, 5);
  });

  it('rejects when a result is wrong, or a task that hangs has one', async () => {
    const { clock, watch, pool } = stage(0);
    const wrong = { run: async (x: number) => x, hang: pool.hang };
    const measuring = outcome(clock, measureNeighbours(wrong, parameters, watch));
    await expect(measuring).rejects.toThrow('wrong result');
    const ending = { run: increment, hang: async () => 1 };
    await expect(outcome(clock, measureNeighbours(ending, parameters, watch))).rejects.toThrow(
      'a task that hangs has a result',
    );
  });
});

describe('measureDetection', () => {
  it('is the time from the deadline until the next task has its result', async () => {
    const { clock, watch, pool } = stage(40);
    expect(await outcome(clock, measureDetection(pool, parameters, watch))).toBe(41);
  });

  it('rejects when a task that hangs has a result', async () => {
    await expect(
      measureDetection({ run: increment, hang: async () => 1 }, parameters),
    ).rejects.toThrow('a task that hangs has a result');
  });
});
