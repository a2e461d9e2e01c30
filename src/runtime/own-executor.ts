import { type CallInfo, messageOf, type TaskReference, TroupeError } from '../model/index.ts';
import type { Clock, Dispatcher, Job, Logger, TimerHandle } from '../ports/index.ts';
import {
  gathered,
  isGenerator,
  Streaming,
  type TaskContext,
  taskLog,
  type Yielding,
} from '../worker/index.ts';

/**
 * What an executor of your own is told of a task besides its input: what the task itself would be on a
 * worker, but for what needs its session.
 */
export type ExecutorContext = Omit<
  TaskContext,
  'task' | 'cancelled' | 'throwIfCancelled' | 'messages'
>;

/** Performs tasks in a way of its own: calls a service, a function in a cloud, another machine. */
export interface Executor {
  /**
   * Performs one attempt. What it gives, or resolves to, is the task's output; what it throws makes the
   * attempt fail. A generator is a stream.
   */
  run(task: TaskReference, input: unknown, context: ExecutorContext): unknown;
}

export interface OwnExecutorOptions {
  readonly name: string;
  readonly executor: Executor;
  /** Milliseconds that a task declares for itself; 0 for none. */
  readonly timeoutOf: (task: string) => number;
  /** Milliseconds after which the caller of a cancelled task that does not end is told. */
  readonly grace: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One job in the hands of an executor. */
class Run {
  readonly job: Job;
  readonly controller = new AbortController();
  timer: TimerHandle | undefined;
  streaming: Streaming | undefined;
  credit = 0;
  isSettled = false;
  /** It settles with this, whatever the executor still says. */
  ending: Error | undefined;

  constructor(job: Job) {
    this.job = job;
  }
}

/** The dispatcher of an executor that was registered: limits its time, and answers exactly once. */
export class OwnExecutor implements Dispatcher {
  readonly #options: OwnExecutorOptions;
  readonly #logger: Logger;
  readonly #running = new Set<Run>();
  #closed: Error | undefined;

  constructor(options: OwnExecutorOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ executor: options.name });
  }

  dispatch(job: Job): void {
    if (this.#closed !== undefined) {
      job.failed(this.#closed);
      return;
    }
    const run = new Run(job);
    job.ticket = run;
    this.#running.add(run);
    this.#limit(run);
    this.#perform(run).then(
      (output) => this.#settle(run, () => job.succeeded(output)),
      (cause) => this.#settle(run, () => job.failed(this.#failed(job, cause))),
    );
  }

  cancel({ ticket }: Job, error: Error): void {
    if (!(ticket instanceof Run) || ticket.isSettled || ticket.ending !== undefined) return;
    const { clock, grace } = this.#options;
    ticket.ending = error;
    if (ticket.timer !== undefined) clock.clearTimeout(ticket.timer);
    ticket.timer = clock.setTimeout(() => this.#end(ticket, error), grace);
    this.#abort(ticket, error);
  }

  async message({ task: { id } }: Job): Promise<void> {
    const { name } = this.#options;
    const text = `task ${id} takes no messages: executor ${name} is not troupe's own`;
    throw new TroupeError('InvalidState', text, { details: { task: id, executor: name } });
  }

  credit({ ticket }: Job, pieces: number): void {
    if (!(ticket instanceof Run)) return;
    ticket.credit += pieces;
    ticket.streaming?.grant(pieces);
  }

  /** Takes no more, and fails what runs. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const run of [...this.#running]) this.#end(run, error);
  }

  #limit(run: Run): void {
    const { clock, name, timeoutOf } = this.#options;
    const { id } = run.job.task;
    const timeout = run.job.timeout || timeoutOf(id);
    if (timeout === 0) return;
    run.timer = clock.setTimeout(() => {
      const message = `task ${id} ran longer than ${timeout} ms`;
      const details = { task: id, timeout, executor: name };
      this.#end(run, new TroupeError('TaskTimeout', message, { details }));
    }, timeout);
  }

  async #perform(run: Run): Promise<unknown> {
    const { job } = run;
    const { executor } = this.#options;
    // Whoever dispatches is not to be called back by an executor before that is done.
    await null;
    if (run.isSettled) return undefined;
    const output = await executor.run(job.task, job.input, this.#contextOf(run));
    return isGenerator(output) ? this.#follow(run, output) : output;
  }

  #follow(run: Run, generator: Yielding): Promise<unknown> {
    const { job, controller } = run;
    if (!job.isStream) return gathered(generator, () => controller.signal.aborted);
    const streaming = new Streaming(generator, (piece) => {
      if (!run.isSettled) job.yielded?.(piece);
    });
    run.streaming = streaming;
    streaming.grant(run.credit);
    if (controller.signal.aborted) streaming.end();
    return streaming.run();
  }

  #contextOf(run: Run): ExecutorContext {
    const { job, controller } = run;
    const info: CallInfo = job.info ?? {};
    const { remaining } = info;
    const fields = { task: job.task.id, execution: job.executionId };
    const log = this.#logger.child(fields);
    return {
      execution: job.executionId,
      step: info.step,
      attempt: info.attempt ?? 1,
      idempotencyKey: info.idempotencyKey,
      deadline: remaining === undefined ? undefined : performance.now() + remaining,
      trace: info.trace,
      signal: controller.signal,
      progress: (value) => {
        if (!run.isSettled) job.progressed(value);
      },
      emit: (name, value) => {
        if (!run.isSettled) job.emitted?.(name, value);
      },
      log: taskLog((level, more, message) => log[level](more, message)),
    };
  }

  /** Tells the caller now, and the executor that nobody waits any more. */
  #end(run: Run, error: Error): void {
    this.#settle(run, () => run.job.failed(error));
    this.#abort(run, error);
  }

  #abort({ controller, streaming }: Run, error: Error): void {
    controller.abort(error);
    streaming?.end();
  }

  #settle(run: Run, tell: () => void): void {
    if (run.isSettled) return;
    run.isSettled = true;
    this.#running.delete(run);
    if (run.timer !== undefined) this.#options.clock.clearTimeout(run.timer);
    if (run.ending === undefined) tell();
    else run.job.failed(run.ending);
  }

  #failed({ task: { id } }: Job, cause: unknown): TroupeError {
    const message = `task ${id} failed: ${messageOf(cause)}`;
    const details = { task: id, executor: this.#options.name };
    return new TroupeError('TaskFailed', message, { cause, details });
  }
}
