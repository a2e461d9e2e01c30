import { fromPromise, type PromiseActorLogic } from 'xstate';
import { type CachePolicy, type TaskReference, TroupeError } from '../model/index.ts';

/** Whoever can run a task and give its output; a runtime can. */
export interface TaskRunner {
  run(task: TaskReference<never>, input: unknown, options: TaskRunOptions): Promise<unknown>;
}

export interface TaskRunOptions {
  readonly signal: AbortSignal;
  readonly priority?: number;
  readonly concurrencyKey?: string;
  readonly timeout?: number;
  readonly cache?: CachePolicy | false;
  readonly executor?: string;
}

export interface FromTaskOptions<in Input = unknown, in Output = unknown> {
  /** Runs the task. @default the runtime whose `spawn` started the actor, or an ancestor of it */
  readonly runtime?: TaskRunner;
  /** Higher goes first, from −1000 to 1000. @default 0 */
  readonly priority?: number;
  /** Whom it is done for. @default nobody */
  readonly concurrencyKey?: string;
  /** Milliseconds from the acceptance of the task. @default unlimited */
  readonly timeout?: number;
  /**
   * Takes a result that is known already in place of running the task; false is never.
   * @default what the task declares, if it does
   */
  readonly cache?: CachePolicy<Input, Output> | false;
  /** Where the task runs. @default what it declares */
  readonly executor?: string;
}

const runners = new WeakMap<object, TaskRunner>();

/** The runner of every `fromTask` in this actor system. */
export function setTaskRunner(system: object, runner: TaskRunner): void {
  runners.set(system, runner);
}

/**
 * A task as actor logic: any XState machine, a stock one too, can `invoke` or `spawn` it. It is done
 * with the task's output, and fails with a `TroupeError`; leaving the state cancels the task on its
 * thread.
 *
 * @example
 * setup({ actors: { hash: fromTask(files.hash) } }).createMachine({
 *   initial: 'hashing',
 *   states: {
 *     hashing: { invoke: { src: 'hash', input: { path }, onDone: 'done', onError: 'failed' } },
 *     …
 */
export function fromTask<Input, Output>(
  task: TaskReference<Input, Output>,
  { runtime, ...given }: FromTaskOptions<NoInfer<Input>, NoInfer<Output>> = {},
): PromiseActorLogic<Output, Input> {
  // Its functions are only called with what this task takes and gives.
  const options = given as Omit<TaskRunOptions, 'signal'>;
  return fromPromise<Output, Input>(async ({ input, signal, system }) => {
    const runner = runtime ?? runners.get(system);
    if (runner === undefined) throw noRuntime(task.id);
    return (await runner.run(task, input, { ...options, signal })) as Output;
  });
}

function noRuntime(task: string): TroupeError {
  const message = `no runtime for task ${task}: spawn the machine with runtime.spawn, or give fromTask a runtime`;
  return new TroupeError('InvalidState', message, { details: { task } });
}
