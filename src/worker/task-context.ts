import { SharedSlot } from '../ipc/index.ts';
import { TroupeError } from '../model/index.ts';

/** What a task may do besides computing: the second argument of every task. */
export interface TaskContext {
  /** `module.name` of the running task. */
  readonly task: string;
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
  /** Writes to the host's log, with the task's name and worker added. */
  readonly log: TaskLog;
}

/** The task's own voice in the host's log, as pino is used: fields first, then the message. */
export interface TaskLog {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** What a context needs of its session. */
export interface ContextHost {
  readonly shared: Int32Array;
  progress(job: number, value: unknown): void;
  log(job: number, level: keyof TaskLog, fields: Record<string, unknown>, message: string): void;
}

/** The context of one run. Its signal and logger exist once they are asked for. */
export class RunningTask implements TaskContext {
  readonly task: string;
  readonly #job: number;
  readonly #host: ContextHost;
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #log: TaskLog | undefined;

  constructor(task: string, job: number, host: ContextHost) {
    this.task = task;
    this.#job = job;
    this.#host = host;
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
    return Atomics.load(this.#host.shared, SharedSlot.cancelled) === this.#job;
  }

  throwIfCancelled(): void {
    if (!this.cancelled) return;
    throw this.#reason ?? new TroupeError('TaskCancelled', `task ${this.task} was asked to stop`);
  }

  progress(value: unknown): void {
    this.#host.progress(this.#job, value);
  }

  get log(): TaskLog {
    this.#log ??= {
      debug: (fields, message) => this.#host.log(this.#job, 'debug', fields, message),
      info: (fields, message) => this.#host.log(this.#job, 'info', fields, message),
      warn: (fields, message) => this.#host.log(this.#job, 'warn', fields, message),
      error: (fields, message) => this.#host.log(this.#job, 'error', fields, message),
    };
    return this.#log;
  }

  /** Asks the task to stop; the session calls it at most once. */
  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
