import type { TaskReference } from '../model/index.ts';

/**
 * One attempt of one task, on its way. The dispatcher calls back on the job itself, so that no
 * closure or promise is made for it: exactly one of `succeeded` and `failed`, exactly once.
 */
export interface Job {
  readonly task: TaskReference;
  readonly input: unknown;
  /** Higher goes first. */
  readonly priority: number;
  /** The execution that it is part of, for logs. */
  readonly executionId: string;
  /** The dispatcher's own; whoever makes the job sets it to undefined and leaves it alone. */
  ticket: unknown;
  /** Milliseconds from the start of the task on its worker; 0 is no limit. */
  readonly timeout: number;
  succeeded(output: unknown): void;
  failed(error: Error): void;
  /** What the task tells while it runs; in order, before it settles. */
  progressed(value: unknown): void;
}

/** Whatever can perform tasks: the worker pool, or a simulated one. */
export interface Dispatcher {
  /**
   * Takes a job over; never throws. A job that cannot be taken is failed, possibly at once.
   */
  dispatch(job: Job): void;
  /** Ends a job early: it fails with this error. Unknown and settled jobs are left alone. */
  cancel(job: Job, error: Error): void;
}
