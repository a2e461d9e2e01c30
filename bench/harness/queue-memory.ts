/** The measuring loop of `pool-memory`, the same for every contestant. */

import { usedMemory } from './heap.ts';
import { check, numbers } from './work.ts';

export interface QueueParameters {
  /** Tasks that wait. */
  readonly tasks: number;
}

interface QueueingPool {
  run(x: number): PromiseLike<unknown>;
  /** Tasks that wait for a thread, by the pool's own books. */
  queued(): number;
}

/** So many are run before, so that what a pool makes once is there. */
const WARM_UP = 1_000;
/** At least this share of the tasks must still be in the queue: the threads have some already. */
const WAITING = 0.99;

/**
 * Bytes of memory that each task takes while it waits: the pool's record of it, and the promise that
 * the caller holds. All are queued in one turn, and looked at before anything can settle.
 */
export async function measureQueueMemory(
  pool: QueueingPool,
  { tasks: count }: QueueParameters,
): Promise<number> {
  for (let x = 0; x < WARM_UP; x++) check(numbers, x, await pool.run(x));
  const tasks = new Array<PromiseLike<unknown>>(count).fill(Promise.resolve());
  const before = usedMemory();
  for (let x = 0; x < count; x++) tasks[x] = pool.run(x);
  const bytes = (usedMemory() - before) / count;
  const waiting = pool.queued();
  if (!(waiting >= count * WAITING)) throw new Error(`${waiting} of ${count} tasks wait`);
  // To perform them all would take longer than all the rest: the first will do.
  check(numbers, 0, await tasks[0]);
  return bytes;
}
