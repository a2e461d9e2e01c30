import { SharedSlot, type SharedSlots } from '../ipc/index.ts';
import { type CallInfo, type TraceContext, TroupeError } from '../model/index.ts';
import { Inbox } from './inbox.ts';
import { type TaskLog, taskLog } from './task-log.ts';

/** What a task may do besides computing: the second argument of every task. */
export interface TaskContext {
  /** `module.name` of the running task. */
  readonly task: string;
  /** The execution that it is part of; undefined for a task of none. */
  readonly execution: string | undefined;
  /** The step of that execution; undefined for a task that was run by itself. */
  readonly step: string | undefined;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /**
   * The same for each attempt of one piece of work, also after a crash, and for no other: what to give
   * to a far side that must not do a thing twice. Undefined for a task of no execution.
   */
  readonly idempotencyKey: string | undefined;
  /** When it should be through, in the thread's `performance.now()`; undefined for no limit. */
  readonly deadline: number | undefined;
  /** W3C trace context of the caller; undefined where it gave none. */
  readonly trace: TraceContext | undefined;
  /** Aborted when the task is cancelled or has outlived its timeout; `reason` says why. */
  readonly signal: AbortSignal;
  /**
   * True once the task should stop. Reads memory shared with the host, so that even a loop that
   * never yields can see it.
   */
  readonly cancelled: boolean;
  /**
   * @throws TroupeError `TaskCancelled` once the task should stop
   */
  throwIfCancelled(): void;
  /** Tells whoever follows the execution how far the task is; any value that can travel. */
  progress(value: unknown): void;
  /** Tells whoever listens an event of the task's own; any value that can travel. */
  emit(name: string, value?: unknown): void;
  /**
   * What is sent to the task while it runs, in order. The iterator ends when the task is asked to
   * stop; whoever sends waits while the task does not read.
   */
  readonly messages: AsyncIterableIterator<unknown>;
  /** Writes to the host's log, with the task's name and worker added. */
  readonly log: TaskLog;
}

/** What a context needs of its session. */
export interface ContextHost {
  readonly shared: SharedSlots;
  progress(job: number, value: unknown): void;
  emit(job: number, name: string, value: unknown): void;
  taken(job: number, count: number): void;
  log(job: number, level: keyof TaskLog, fields: Record<string, unknown>, message: string): void;
}

const NOTHING: CallInfo = {};

/** The context of one run. What few tasks look at exists once they do. */
export class RunningTask implements TaskContext {
  readonly task: string;
  readonly #job: number;
  readonly #host: ContextHost;
  readonly #info: CallInfo;
  readonly #started: number;
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #log: TaskLog | undefined;
  #inbox: Inbox | undefined;

  /** @param started when it started, in the thread's `performance.now()` */
  constructor(
    task: string,
    job: number,
    host: ContextHost,
    started: number,
    info: CallInfo = NOTHING,
  ) {
    this.task = task;
    this.#job = job;
    this.#host = host;
    this.#started = started;
    this.#info = info;
  }

  get execution(): string | undefined {
    return this.#info.execution;
  }

  get step(): string | undefined {
    return this.#info.step;
  }

  get attempt(): number {
    return this.#info.attempt ?? 1;
  }

  get idempotencyKey(): string | undefined {
    return this.#info.idempotencyKey;
  }

  get deadline(): number | undefined {
    const { remaining } = this.#info;
    return remaining === undefined ? undefined : this.#started + remaining;
  }

  get trace(): TraceContext | undefined {
    return this.#info.trace;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    if (this.#reason !== undefined) return true;
    return this.#host.shared.find(this.#job, SharedSlot.cancelled) >= 0;
  }

  throwIfCancelled(): void {
    if (!this.cancelled) return;
    throw this.#reason ?? new TroupeError('TaskCancelled', `task ${this.task} was asked to stop`);
  }

  progress(value: unknown): void {
    this.#host.progress(this.#job, value);
  }

  emit(name: string, value?: unknown): void {
    this.#host.emit(this.#job, name, value);
  }

  get messages(): AsyncIterableIterator<unknown> {
    return this.#ownInbox;
  }

  get log(): TaskLog {
    this.#log ??= taskLog((level, fields, message) =>
      this.#host.log(this.#job, level, fields, message),
    );
    return this.#log;
  }

  /** Asks the task to stop; the session calls it at most once. */
  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#inbox?.end();
  }

  /** The task is through. */
  end(): void {
    this.#inbox?.end();
  }

  deliver(message: unknown): void {
    this.#ownInbox.deliver(message);
  }

  get #ownInbox(): Inbox {
    if (this.#inbox === undefined) {
      this.#inbox = new Inbox((count) => this.#host.taken(this.#job, count));
      if (this.#reason !== undefined) this.#inbox.end();
    }
    return this.#inbox;
  }
}
