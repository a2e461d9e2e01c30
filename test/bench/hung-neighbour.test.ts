import { describe, expect, it } from 'vitest';
import { measureDetection, measureNeighbours } from '../../bench/harness/hung-neighbour.ts';

const parameters = { timeoutMs: 5, hangs: 2, intervalMs: 1, sliceMs: 20 };
const increment = async (x: number) => x + 1;
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A pool of one thread, which is replaced some time after its task was to be ended. */
function pool(replacedAfter: number) {
  let thread = Promise.resolve();
  return {
    async run(x: number) {
      await thread;
      return x + 1;
    },
    async hang(timeoutMs: number) {
      thread = after(timeoutMs + replacedAfter);
      await thread;
      throw new Error('timed out');
    },
  };
}

describe('measureNeighbours', () => {
  it('compares the slow ones among those beside a hung task with those without one', async () => {
    expect(await measureNeighbours(pool(40), parameters)).toBeGreaterThan(1);
  });

  it('rejects when a result is wrong, or a task that hangs has one', async () => {
    const wrong = { run: async (x: number) => x, hang: pool(0).hang };
    await expect(measureNeighbours(wrong, parameters)).rejects.toThrow('wrong result');
    await expect(
      measureNeighbours({ run: increment, hang: async () => 1 }, parameters),
    ).rejects.toThrow('a task that hangs has a result');
  });
});

describe('measureDetection', () => {
  it('is the time from the deadline until the next task has its result', async () => {
    expect(await measureDetection(pool(40), parameters)).toBeGreaterThan(35);
  });

  it('rejects when a task that hangs has a result', async () => {
    await expect(
      measureDetection({ run: increment, hang: async () => 1 }, parameters),
    ).rejects.toThrow('a task that hangs has a result');
  });
});
