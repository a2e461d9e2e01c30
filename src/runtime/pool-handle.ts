import type { Crew } from '../../actors/index.ts';
import { TroupeError } from '../model/index.ts';
import type { PoolStats, WorkerPool } from '../pool/index.ts';
import { resolveSize, type ThreadRange } from './thread-options.ts';

/** The worker threads of a runtime. */
export interface Pool {
  /** How many threads there are to be; `min` and `max` are the same where that is fixed. */
  readonly size: Required<ThreadRange>;
  /**
   * Changes how many threads there are. Those that have to go take no new task, and end when they are
   * through with those they have, however long that takes.
   *
   * @returns when those that had to be added are ready
   * @throws TroupeError `InvalidOption`; `InvalidState` while the runtime starts or ends, and after;
   *   `HandshakeFailed` when a thread does not start
   */
  resize(threads: number | ThreadRange): Promise<void>;
  /** What they do, and have done. */
  stats(): PoolStats;
}

export function poolHandle(pool: WorkerPool | undefined, crew: Crew | undefined): Pool {
  if (pool === undefined || crew === undefined) {
    throw new TroupeError(
      'InvalidState',
      'another dispatcher performs the tasks: there is no pool',
    );
  }
  return {
    get size() {
      return crew.size;
    },
    resize: async (threads) => crew.resize(resolveSize(threads)),
    stats: () => pool.stats(),
  };
}
