import { HostKind, type HostMessage, sentError } from '../ipc/index.ts';
import type { Clock, ThreadListener } from '../ports/index.ts';
import type { CancelSlots } from './cancel-slots.ts';
import { ranTooLong } from './exit-errors.ts';
import type { JobRecord } from './job-record.ts';

/** Milliseconds between two looks at a job that was cancelled before it started. */
const WATCH_INTERVAL = 20;

/** What the endings of a session's jobs need of it. */
export interface EndingHost {
  readonly worker: string;
  readonly listener: ThreadListener;
  readonly clock: Clock;
  /** @see LinkHost.patience */
  readonly patience: number | undefined;
  readonly cancelled: CancelSlots;
  /** The job was sent there and not answered. */
  holds(record: JobRecord): boolean;
  /** It is running, or about to be answered. */
  hasStarted(record: JobRecord): boolean;
  /** It has surely run, and its result waits for the task that runs now. */
  hasEnded(record: JobRecord): boolean;
  /** Sends it at once. */
  tell(message: HostMessage): void;
}

/** Jobs of one session that are to end before they are through: cancelled, or out of time. */
export class Endings {
  readonly #host: EndingHost;
  #overdue = 0;

  constructor(host: EndingHost) {
    this.#host = host;
  }

  /**
   * Ends a job early. One that runs is asked to stop, and fails when it does; one that does not run, or
   * no more, fails at once.
   */
  cancel(record: JobRecord, error: Error): void {
    record.ending = error;
    if (this.#host.hasEnded(record)) record.fail(error);
    else if (this.#host.hasStarted(record)) this.#interrupt(record, error);
    else {
      this.#host.tell([HostKind.cancel, record.number, sentError(error)]);
      record.fail(error);
      this.#watch(record, error);
    }
  }

  /** The time of a job runs from now on, if it is limited. */
  started(record: JobRecord): void {
    const { clock, worker } = this.#host;
    const { task } = record.job;
    const timeout = record.job.timeout || (record.task?.timeout ?? 0);
    this.stopTimer(record);
    if (timeout === 0) return;
    record.timer = clock.setTimeout(() => {
      const error = ranTooLong(task.id, worker, timeout);
      // The caller is told on time; the task is asked to stop, and the thread ended if it does not.
      record.fail(error);
      this.#interrupt(record, error);
    }, timeout);
  }

  /** A job has left the session: answered, or given back. */
  over(record: JobRecord): void {
    if (!record.overdue) return;
    const { cancelled, listener, patience } = this.#host;
    record.overdue = false;
    cancelled.lower(record.number);
    if (patience === undefined && --this.#overdue === 0) listener.yielded();
  }

  stopTimer(record: JobRecord): void {
    if (record.timer === undefined) return;
    this.#host.clock.clearTimeout(record.timer);
    record.timer = undefined;
  }

  /**
   * A job that had not started when it was cancelled may start before the session reads of it, and
   * then never yield: it is looked at until it is answered.
   */
  #watch(record: JobRecord, error: Error): void {
    this.stopTimer(record);
    const { clock } = this.#host;
    record.timer = clock.setTimeout(() => {
      if (!this.#host.holds(record)) return;
      if (this.#host.hasStarted(record)) this.#interrupt(record, error);
      else this.#watch(record, error);
    }, WATCH_INTERVAL);
  }

  #interrupt(record: JobRecord, error: Error): void {
    // Whoever runs there now has nothing to do with it.
    if (this.#host.hasEnded(record)) return;
    const { cancelled, listener, patience } = this.#host;
    cancelled.raise(record.number);
    this.#host.tell([HostKind.cancel, record.number, sentError(error)]);
    if (record.overdue) return;
    record.overdue = true;
    if (patience !== undefined) this.#giveUpAfter(patience, record, error);
    else if (this.#overdue++ === 0) listener.overdue();
  }

  /** It runs on, and nobody waits for it any more. */
  #giveUpAfter(patience: number, record: JobRecord, error: Error): void {
    if (record.settled) return;
    this.stopTimer(record);
    record.timer = this.#host.clock.setTimeout(() => record.fail(error), patience);
  }
}
