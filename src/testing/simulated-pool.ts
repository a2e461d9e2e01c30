import { messageOf, TroupeError, taskNotFound } from '../model/index.ts';
import type { Clock, Dispatcher, Job } from '../ports/index.ts';

/** What a simulated task is given beside its input. */
export interface SimulatedContext {
  readonly task: string;
  readonly signal: AbortSignal;
  readonly cancelled: boolean;
  throwIfCancelled(): void;
  progress(value: unknown): void;
}

export type SimulatedTask = (input: never, context: SimulatedContext) => unknown;

export interface SimulatedPoolOptions {
  /** The tasks, by module and name: `{ files: await import('./files.js') }` fits. */
  readonly modules: Readonly<Record<string, object>>;
  readonly clock: Clock;
  /** Tasks under way at once. @default 1 */
  readonly workers?: number;
}

interface Run {
  readonly job: Job;
  readonly controller: AbortController;
  timer: unknown;
}

/**
 * Performs tasks on the main thread, on an injected clock: for tests of pipelines that need no
 * thread. Like the pool, it runs jobs by priority and in order, honours timeouts and cancels, and
 * answers each job exactly once; unlike it, it cannot end a task that does not yield.
 */
export class SimulatedPool implements Dispatcher {
  readonly #options: SimulatedPoolOptions;
  readonly #queue: Job[] = [];
  readonly #running = new Map<Job, Run>();

  constructor(options: SimulatedPoolOptions) {
    this.#options = options;
  }

  /** Jobs that wait, and jobs under way. */
  get load(): { readonly queued: number; readonly running: number } {
    return { queued: this.#queue.length, running: this.#running.size };
  }

  dispatch(job: Job): void {
    const behind = this.#queue.findIndex((other) => other.priority < job.priority);
    this.#queue.splice(behind < 0 ? this.#queue.length : behind, 0, job);
    queueMicrotask(() => this.#pump());
  }

  waiting(): Iterable<Job> {
    return this.#queue.toReversed();
  }

  cancel(job: Job, error: Error): void {
    const at = this.#queue.indexOf(job);
    if (at >= 0) {
      this.#queue.splice(at, 1);
      job.failed(error);
      return;
    }
    const run = this.#running.get(job);
    if (run !== undefined) this.#end(run, error);
  }

  #pump(): void {
    const { workers = 1 } = this.#options;
    while (this.#running.size < workers) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#start(job);
    }
  }

  #start(job: Job): void {
    const run: Run = { job, controller: new AbortController(), timer: undefined };
    this.#running.set(job, run);
    const { id } = job.task;
    if (job.timeout > 0) {
      run.timer = this.#options.clock.setTimeout(() => {
        const message = `task ${id} ran longer than ${job.timeout} ms`;
        this.#end(run, new TroupeError('TaskTimeout', message, { details: { task: id } }));
      }, job.timeout);
    }
    this.#perform(run).then(
      (output) => this.#release(run) && job.succeeded(output),
      (cause) => this.#release(run) && job.failed(failure(id, cause)),
    );
  }

  async #perform({ job, controller: { signal } }: Run): Promise<unknown> {
    const { module, name, id } = job.task;
    const task = (this.#options.modules[module] as Record<string, unknown> | undefined)?.[name];
    if (typeof task !== 'function') throw taskNotFound(id, []);
    const context: SimulatedContext = {
      task: id,
      signal,
      get cancelled() {
        return signal.aborted;
      },
      throwIfCancelled: () => signal.throwIfAborted(),
      progress: (value) => job.progressed(value),
    };
    return (task as SimulatedTask)(job.input as never, context);
  }

  #end(run: Run, error: Error): void {
    if (!this.#release(run)) return;
    run.controller.abort(error);
    run.job.failed(error);
  }

  /** Frees the place of a run; false when that was done before, and the job is answered. */
  #release(run: Run): boolean {
    if (!this.#running.delete(run.job)) return false;
    if (run.timer !== undefined) this.#options.clock.clearTimeout(run.timer);
    queueMicrotask(() => this.#pump());
    return true;
  }
}

function failure(task: string, cause: unknown): TroupeError {
  if (TroupeError.is(cause, 'TaskNotFound')) return cause;
  const message = `task ${task} failed: ${messageOf(cause)}`;
  return new TroupeError('TaskFailed', message, { cause, details: { task } });
}
