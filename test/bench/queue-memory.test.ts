import { describe, expect, it } from 'vitest';
import { measureQueueMemory } from '../../bench/harness/queue-memory.ts';

/** A pool that works through its queue once its caller yields. */
function queueingPool(bytes: number) {
  const queue: { x: number; load: Buffer; resolve: (y: number) => void }[] = [];
  const work = () => {
    for (const { x, resolve } of queue.splice(0)) resolve(x + 1);
  };
  return {
    queue,
    run(x: number) {
      if (queue.length === 0) setImmediate(work);
      return new Promise<number>((resolve) => {
        queue.push({ x, load: Buffer.alloc(bytes), resolve });
      });
    },
    queued: () => queue.length,
  };
}

describe('measureQueueMemory', { timeout: 60_000 }, () => {
  it('is the bytes of each task that waits, buffers included', async () => {
    const tasks = 2_000;
    const bytes = await measureQueueMemory(queueingPool(16_384), { tasks });
    expect(bytes).toBeGreaterThan(16_384);
    expect(bytes).toBeLessThan(20_000);
  });

  it('fails with a pool in whose queue the tasks are not', async () => {
    const pool = queueingPool(0);
    pool.queued = () => 10;
    await expect(measureQueueMemory(pool, { tasks: 100 })).rejects.toThrow('10 of 100 tasks wait');
  });
});
