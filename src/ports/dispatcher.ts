import type { CallInfo, TaskReference } from '../model/index.ts';

/**
 * One attempt of one task, on its way. The dispatcher calls back on the job itself, so that no
 * closure or promise is made for it: exactly one of `succeeded` and `failed`, exactly once.
 */
export interface Job {
  readonly task: TaskReference;
  readonly input: unknown;
  /** Higher goes first. */
  readonly priority: number;
  /** Whom it is done for: jobs of one key share limits, and are fair to those of others. */
  readonly concurrencyKey?: string | undefined;
  /** Where it is to be performed. @default by whoever it is given to */
  readonly executor?: string | undefined;
  /** The execution that it is part of, for logs. */
  readonly executionId: string;
  /** The dispatcher's own; whoever makes the job sets it to undefined and leaves it alone. */
  ticket: unknown;
  /** Milliseconds from the start of the task on its worker; 0 is what the task declares, if it does. */
  readonly timeout: number;
  /** Milliseconds that it may wait for a worker, from when it was dispatched. @default no limit */
  readonly queueTimeout?: number | undefined;
  /** What its task is told of the call; asked for once, and only where the task takes a context. */
  readonly info?: CallInfo | undefined;
  /** What its task yields is told piece by piece, as far as the reader gives credit. */
  readonly isStream?: boolean | undefined;
  succeeded(output: unknown): void;
  failed(error: Error): void;
  /** What the task tells while it runs; in order, before it settles. */
  progressed(value: unknown): void;
  /** An event of the task's own; in order with what it tells otherwise. */
  emitted?(name: string, value: unknown): void;
  /** The next piece of a stream. */
  yielded?(piece: unknown): void;
}

/** Whatever can perform tasks: the worker pool, or a simulated one. */
export interface Dispatcher {
  /**
   * Takes a job over; never throws. A job that cannot be taken is failed, possibly at once.
   */
  dispatch(job: Job): void;
  /** Ends a job early: it fails with this error. Unknown and settled jobs are left alone. */
  cancel(job: Job, error: Error): void;
  /**
   * Gives a job's task a message.
   *
   * @returns when it is on its way to an inbox that has room for it
   * @throws (rejects with) TroupeError `InvalidState` when the job ends before, `NotSerializable`,
   *   `PayloadTooLarge`
   */
  message?(job: Job, value: unknown): Promise<void>;
  /** Takes so many more pieces of a job's stream. */
  credit?(job: Job, pieces: number): void;
  /** The jobs that nobody performs yet: the lowest priority first, and of one what came last. */
  waiting?(): Iterable<Job>;
}
