import {
  checkNames,
  DEFAULT_EXECUTOR,
  invalidOption,
  type TaskReference,
  TroupeError,
} from '../model/index.ts';
import { BroadcastJob, type PoolStats, type WorkerAnswer } from '../pool/index.ts';
import { INLINE } from './executor-options.ts';
import type { Lifecycle } from './lifecycle.ts';
import { checkTimeout } from './options.ts';
import type { Plans } from './plans.ts';
import type { Pools } from './pools.ts';
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
  /**
   * Runs a task once on each thread, past the queue: to warm it, to have it forget or reload something.
   * It is part of no execution, and nothing of it is recorded. A thread that comes later is not asked:
   * for that there is `onWorkerStart`.
   *
   * @returns what each thread that took tasks at that moment gave, or why it did not
   * @throws TroupeError `TaskNotFound`, `InvalidOption`, `RuntimeClosed`
   *
   * @example await runtime.pool().broadcast(config.reload, { version: 7 });
   */
  broadcast<Input, Output>(
    task: TaskReference<Input, Output>,
    ...args: BroadcastArguments<NoInfer<Input>>
  ): Promise<readonly WorkerAnswer<Output>[]>;
  /** What they do, and have done. */
  stats(): PoolStats;
}

export interface BroadcastOptions {
  /** Milliseconds from the start of the task on each thread. @default what the task declares */
  readonly timeout?: number;
}

type BroadcastArguments<Input> = undefined extends Input
  ? [input?: Input, options?: BroadcastOptions]
  : [input: Input, options?: BroadcastOptions];

/** What the handle of a pool needs besides it. */
interface PoolSources {
  readonly plans: Pick<Plans, 'task'>;
  readonly lifecycle: Pick<Lifecycle, 'demandOpen'>;
}

/** @throws TroupeError `InvalidState`, `ExecutorNotFound` */
export function poolHandle(
  pools: Pools,
  { plans, lifecycle }: PoolSources,
  name = DEFAULT_EXECUTOR,
): Pool {
  if (name === DEFAULT_EXECUTOR && pools.main === undefined) {
    throw new TroupeError(
      'InvalidState',
      'another dispatcher performs the tasks: there is no pool',
    );
  }
  const { pool, crew } = pools.get(name);
  return {
    get size() {
      return crew.size;
    },
    resize: async (threads) => {
      if (name === INLINE)
        throw invalidOption('threads', 'left out: there is one main thread', threads);
      await crew.resize(resolveSize('threads', threads));
    },
    async broadcast(task, ...[input, options = {}]) {
      lifecycle.demandOpen();
      checkNames(options, ['timeout']);
      const timeout = checkTimeout('timeout', options.timeout);
      const reference = plans.task(task);
      const jobs: BroadcastJob[] = [];
      pool.broadcast((worker) => {
        const job = new BroadcastJob(worker, reference, input, timeout);
        jobs.push(job);
        return job;
      });
      return Promise.all(jobs.map(({ answer }) => answer)) as Promise<never>;
    },
    stats: () => pool.stats(),
  };
}
