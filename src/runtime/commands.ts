import { type ExecutionDeps, ExecutionRun, type PieceReader } from '../../actors/index.ts';
import {
  acceptedOf,
  type CachePolicy,
  checkNames,
  checkSignal,
  checkTrace,
  invalidOption,
  messageOf,
  onAbort,
  type TaskReference,
  type TraceContext,
  TroupeError,
} from '../model/index.ts';
import type { Pipeline, Plan } from '../pipeline/index.ts';
import { priorityLevel } from '../schedule/index.ts';
import { type AdmissionLimits, Intake } from './admission.ts';
import { checkTimeout } from './options.ts';
import type { Plans } from './plans.ts';
import { Unrecorded } from './unrecorded.ts';

export interface StartOptions {
  /** Higher goes first, from −1000 to 1000. @default 0 */
  readonly priority?: number;
  /** Milliseconds for the whole execution, from its acceptance. @default unlimited */
  readonly timeout?: number;
  /**
   * Milliseconds that each of its tasks may wait for a worker, where its step says nothing else; then it
   * fails with `QueueTimeout`. @default unlimited
   */
  readonly queueTimeout?: number;
  /**
   * Whom it is done for, such as a customer: keys share the workers by weight, and each has its limits.
   * See the runtime's option `schedule`. @default nobody
   */
  readonly concurrencyKey?: string;
  /** Cancels the execution when it aborts. */
  readonly signal?: AbortSignal;
  /** W3C trace context of the caller: its tasks are told. @default none */
  readonly trace?: TraceContext;
}

export interface RunOptions<in Input = unknown, in Output = unknown> extends StartOptions {
  /**
   * Takes a result that is known already in place of running the task; false is never.
   * @default what the task declares, if it does
   */
  readonly cache?: CachePolicy<Input, Output> | false;
  /**
   * Where the task runs: `thread`, `inline`, `process`, or one of the runtime's `pools` or `executors`.
   * @default what the task declares, else 'thread'
   */
  readonly executor?: string;
}

/** What the commands need of their runtime. */
export interface CommandSources {
  readonly deps: Omit<ExecutionDeps, 'ended'>;
  readonly plans: Plans;
  readonly admission: AdmissionLimits;
  /** Why nothing is accepted, once nothing is. */
  readonly closed: () => TroupeError | undefined;
}

const MAX_PRIORITY = 1_000;

/** Among so many tasks that wait, and no more, one is looked for whose execution can be shed. */
const SHED_SEARCH = 1_000;

/** Takes commands: checks them, admits them, and starts executions. */
export class Commands {
  readonly live = new Map<string, ExecutionRun>();
  readonly #sources: CommandSources;
  readonly #deps: ExecutionDeps;
  readonly #intake: Intake;
  readonly #unrecorded = new Unrecorded();
  #idle: (() => void)[] = [];

  constructor(sources: CommandSources) {
    this.#sources = sources;
    this.#intake = new Intake({
      ...sources.admission,
      now: () => sources.deps.clock.now(),
      shed: (priority, error) => this.#shed(priority, error),
    });
    this.#deps = { ...sources.deps, ended: (run) => this.#ended(run) };
  }

  /** @throws TroupeError `TaskNotFound`, `ExecutorNotFound`, and as `start` */
  async run(
    task: TaskReference | string,
    input: unknown,
    options: RunOptions<never, never> = {},
  ): Promise<ExecutionRun> {
    const { plans } = this.#sources;
    // What is no object is refused where all options are.
    const isPlain = options?.cache === undefined && options?.executor === undefined;
    const plan = isPlain ? plans.ofTask(task) : plans.ofTask(task, options);
    checkStartOptions(options, RUN_OPTIONS);
    return this.#begin(plan, input, options);
  }

  /** As `run`, with what the task yields told to the reader. No result of another run will do for that. */
  async stream(
    task: TaskReference | string,
    input: unknown,
    options: StartOptions & Pick<RunOptions, 'executor'>,
    reader: PieceReader,
  ): Promise<ExecutionRun> {
    const { executor } = options;
    const plan = this.#sources.plans.ofTask(task, { cache: false, executor });
    checkStartOptions(options, STREAM_OPTIONS);
    return this.#begin(plan, input, options, reader);
  }

  /**
   * @returns when the acceptance is recorded
   * @throws TroupeError `PipelineNotFound`, `TaskNotFound`, `ExecutorNotFound`, `InvalidInput`,
   *   `InvalidOption`, `Overloaded`, `RuntimeClosed`
   */
  async start(
    pipeline: Pipeline | string,
    input: unknown,
    options: StartOptions = {},
  ): Promise<ExecutionRun> {
    const { plans } = this.#sources;
    const plan = plans.ofPipeline(plans.pipeline(pipeline));
    const checked = await checkInput(plan.pipeline, input);
    checkStartOptions(options, START_OPTIONS);
    return this.#begin(plan, checked, options);
  }

  /** Turns away whoever waits to be accepted. */
  close(error: TroupeError): void {
    this.#intake.close(error);
  }

  /** Resolves when no execution is under way. */
  idle(): Promise<void> {
    if (this.live.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  async #begin(
    plan: Plan,
    input: unknown,
    options: StartOptions,
    reader?: PieceReader,
  ): Promise<ExecutionRun> {
    const { priority = 0, concurrencyKey, timeout, queueTimeout, signal, trace } = options;
    const request = {
      id: this.#deps.random.id(),
      plan,
      input,
      priority,
      concurrencyKey,
      timeout: checkTimeout('timeout', timeout),
      queueTimeout: checkTimeout('queueTimeout', queueTimeout) || undefined,
      trace,
      reader,
    };
    if (signal?.aborted) throw abortedBefore(signal);
    const closed = this.#sources.closed();
    if (closed !== undefined) throw closed;
    if (!this.#intake.enter()) {
      const admitted = this.#intake.squeezeIn(priority, signal, abortedBefore);
      // Whoever comes next in this turn must find this one in the place that was made for it.
      if (admitted !== undefined) await admitted;
      this.#demandStill(signal);
    }
    const run = new ExecutionRun(request, this.#deps);
    this.live.set(run.id, run);
    if (signal !== undefined) follow(signal, run);
    // A journal that answers at once costs no turn of the event loop.
    const accepted = run.start();
    if (accepted !== undefined) await this.#unrecorded.until(accepted, run);
    return run;
  }

  #ended(run: ExecutionRun): void {
    if (!this.live.delete(run.id)) return;
    this.#intake.leave();
    if (this.live.size > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** One that has waited for its place may have no use for it any more. */
  #demandStill(signal: AbortSignal | undefined): void {
    const error = this.#sources.closed() ?? (signal?.aborted ? abortedBefore(signal) : undefined);
    if (error === undefined) return;
    this.#intake.leave();
    throw error;
  }

  #shed(priority: number, error: () => TroupeError): boolean {
    const run = this.#leastImportant(priorityLevel(priority));
    run?.shed(error());
    return run !== undefined;
  }

  /** Of the executions below a level of which nothing has begun: the lowest, and of those the last. */
  #leastImportant(level: number): ExecutionRun | undefined {
    const unrecorded = this.#unrecorded.least;
    const lowest = unrecorded === undefined ? level : priorityLevel(unrecorded.priority);
    // What waits for its record came after what waits for a worker.
    return this.#leastWaiting(Math.min(level, lowest)) ?? (lowest < level ? unrecorded : undefined);
  }

  /** The same of those whose tasks wait for a worker. */
  #leastWaiting(level: number): ExecutionRun | undefined {
    const waiting = new Map<ExecutionRun, number>();
    let looked = 0;
    for (const job of this.#deps.dispatcher.waiting?.() ?? []) {
      if (priorityLevel(job.priority) >= level || looked++ === SHED_SEARCH) return undefined;
      const run = this.live.get(job.executionId);
      if (run === undefined) continue;
      const count = (waiting.get(run) ?? 0) + 1;
      waiting.set(run, count);
      if (run.isUntouched(count)) return run;
    }
    return undefined;
  }
}

/** The execution is cancelled when the signal aborts, for as long as it lasts. */
function follow(signal: AbortSignal, run: ExecutionRun): void {
  run.onEnd(onAbort(signal, () => void run.cancel(messageOf(signal.reason))));
}

const START_OPTIONS: readonly string[] = [
  'priority',
  'concurrencyKey',
  'timeout',
  'queueTimeout',
  'signal',
  'trace',
] satisfies (keyof StartOptions)[];
const RUN_OPTIONS = [...START_OPTIONS, 'cache', 'executor'];
const STREAM_OPTIONS = [...START_OPTIONS, 'executor', 'ahead'];

/**
 * @param names the options that there are
 * @throws TroupeError `InvalidOption`
 */
function checkStartOptions(options: unknown, names: readonly string[]): void {
  checkNames(options, names);
  const { priority = 0, concurrencyKey, signal, trace } = options as StartOptions;
  if (!Number.isFinite(priority) || Math.abs(priority) > MAX_PRIORITY) {
    throw invalidOption('priority', `a number from -${MAX_PRIORITY} to ${MAX_PRIORITY}`, priority);
  }
  if (concurrencyKey !== undefined && !(typeof concurrencyKey === 'string' && concurrencyKey)) {
    throw invalidOption('concurrencyKey', 'a text that is not empty', concurrencyKey);
  }
  if (trace !== undefined) checkTrace(trace);
  if (signal !== undefined) checkSignal('signal', signal);
}

function abortedBefore(signal: AbortSignal): TroupeError {
  const reason = messageOf(signal.reason);
  return new TroupeError('ExecutionCancelled', `cancelled before it began: ${reason}`, {
    cause: signal.reason,
    details: { reason },
  });
}

async function checkInput({ id, schema }: Pipeline, input: unknown): Promise<unknown> {
  if (schema === undefined) return input;
  const what = `input of pipeline ${id}`;
  const details = { pipeline: id };
  let answer: unknown;
  try {
    answer = await schema['~standard'].validate(input);
  } catch (cause) {
    const message = `${what}: its schema threw: ${messageOf(cause)}`;
    throw new TroupeError('InvalidInput', message, { cause, details });
  }
  return acceptedOf(answer, 'InvalidInput', what, details);
}
