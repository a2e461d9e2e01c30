import type { Job, TimerHandle } from '../ports/index.ts';
import type { QueueItem } from '../schedule/index.ts';
import type { Talk } from './talk.ts';
import type { KnownTask } from './task-table.ts';
import { type TaskTrace, traceError, traceResult } from './tracing.ts';

/** A job in the pool's hands: where it is, and whether it has been answered. */
export class JobRecord implements QueueItem {
  readonly job: Job;
  /** When it came, in monotonic milliseconds. */
  readonly since: number;
  /** Its number in the session that it was sent to; 0 while it waits. */
  number = 0;
  /** What the pool knows of its task, once it was sent. */
  task: KnownTask | undefined;
  /** Milliseconds of credit that it holds there. */
  cost = 0;
  /** It settles with this, whatever its task still says. */
  ending: Error | undefined;
  /** It was asked to stop while it ran, and has not answered yet. */
  overdue = false;
  /** Its timeout's while it runs; before that its queue timeout's. */
  timer: TimerHandle | undefined;
  /** Made for a task that is sent messages, or streams. */
  talk: Talk | undefined;
  /** Made for tracing tools that listen. */
  trace: TaskTrace | undefined;
  isQueued = false;
  /** It cannot go to another session: its input has moved to this one, or it is meant for its worker. */
  isBound = false;
  /** When it was given out; kept only while somebody has keys or rates. */
  taken = 0;
  #settled = false;

  constructor(job: Job, since: number) {
    this.job = job;
    this.since = since;
  }

  get priority(): number {
    return this.job.priority;
  }

  get taskId(): string {
    return this.job.task.id;
  }

  get concurrencyKey(): string | undefined {
    return this.job.concurrencyKey;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Whatever becomes of it, somebody was told, or will be, that it has ended early. */
  get isGivenUp(): boolean {
    return this.#settled || this.ending !== undefined;
  }

  succeed(output: unknown): void {
    if (this.#settled) return;
    if (this.ending !== undefined) {
      this.fail(this.ending);
      return;
    }
    this.#settled = true;
    this.talk?.end(this.taskId);
    if (this.trace !== undefined) traceResult(this.trace, output);
    this.job.succeeded(output);
  }

  /** Only the first settling counts: each job is answered exactly once. */
  fail(error: Error): void {
    if (this.#settled) return;
    this.#settled = true;
    this.talk?.end(this.taskId);
    const cause = this.ending ?? error;
    if (this.trace !== undefined) traceError(this.trace, cause);
    this.job.failed(cause);
  }
}
