import {
  checkExecutorName,
  DEFAULT_EXECUTOR,
  executorNotFound,
  TroupeError,
} from '../model/index.ts';
import type { Dispatcher, Job } from '../ports/index.ts';
import type { ResolvedOptions } from './options.ts';
import { OwnExecutor } from './own-executor.ts';
import type { KnownExecutors } from './plans.ts';
import type { Pools } from './pools.ts';

/** Gives each job to the executor that it names, and to the default one where it names none. */
export class Executors implements Dispatcher, KnownExecutors {
  readonly #main: Dispatcher;
  readonly #others: ReadonlyMap<string, Dispatcher>;

  /** @param others by their names */
  constructor(main: Dispatcher, others: ReadonlyMap<string, Dispatcher>) {
    this.#main = main;
    this.#others = others;
  }

  get names(): readonly string[] {
    return [DEFAULT_EXECUTOR, ...this.#others.keys()];
  }

  resolve(name: string | undefined): string | undefined {
    if (name === undefined || name === DEFAULT_EXECUTOR) return undefined;
    checkExecutorName('executor', name);
    if (this.#others.has(name)) return name;
    throw executorNotFound(name, this.names);
  }

  /** @throws TroupeError `ExecutorNotFound` for the first that is not there */
  demandAll(names: Iterable<string | undefined>): void {
    for (const name of names) this.resolve(name);
  }

  dispatch(job: Job): void {
    const { executor } = job;
    if (executor === undefined) this.#main.dispatch(job);
    else this.#dispatchTo(executor, job);
  }

  cancel(job: Job, error: Error): void {
    this.#of(job)?.cancel(job, error);
  }

  async message(job: Job, value: unknown): Promise<void> {
    const executor = this.#of(job);
    if (executor?.message !== undefined) return executor.message(job, value);
    const { id } = job.task;
    const text = `task ${id} takes no messages where it runs`;
    throw new TroupeError('InvalidState', text, { details: { task: id } });
  }

  credit(job: Job, pieces: number): void {
    this.#of(job)?.credit?.(job, pieces);
  }

  /** Those of all, the lowest priority first; of one executor, in its own order. */
  *waiting(): Generator<Job> {
    const heads: Head[] = [];
    for (const each of [this.#main, ...this.#others.values()]) {
      advance(heads, each.waiting?.()[Symbol.iterator]());
    }
    while (heads.length > 0) {
      const lowest = heads.reduce((a, b) => (b.job.priority < a.job.priority ? b : a));
      heads.splice(heads.indexOf(lowest), 1);
      yield lowest.job;
      advance(heads, lowest.rest);
    }
  }

  /** Those of the embedder take no more, and what they perform fails. */
  close(error: Error): void {
    for (const each of this.#others.values()) if (each instanceof OwnExecutor) each.close(error);
  }

  #dispatchTo(name: string, job: Job): void {
    const executor = this.#others.get(name);
    if (executor === undefined) job.failed(executorNotFound(name, this.names));
    else executor.dispatch(job);
  }

  #of({ executor }: Job): Dispatcher | undefined {
    return executor === undefined ? this.#main : this.#others.get(executor);
  }
}

/** The next job of an executor, and those behind it. */
interface Head {
  readonly job: Job;
  readonly rest: Iterator<Job>;
}

function advance(heads: Head[], rest: Iterator<Job> | undefined): void {
  const next = rest?.next();
  if (rest !== undefined && next !== undefined && !next.done) heads.push({ job: next.value, rest });
}

/** Those of the runtime's own, its pools, and what was registered. */
export function createExecutors(options: ResolvedOptions, pools: Pools): Executors {
  const { dispatcher, executors, clock, logger, grace } = options;
  const named = pools.dispatchers();
  const timeoutOf = (task: string) => pools.main?.pool.tasks.get(task)?.timeout ?? 0;
  for (const [name, executor] of executors) {
    named.set(name, new OwnExecutor({ name, executor, timeoutOf, grace, clock, logger }));
  }
  // Where there is no pool, there is a dispatcher in its place.
  return new Executors(dispatcher ?? (pools.main?.pool as Dispatcher), named);
}

/** What tasks and registered pipelines say of where they run. */
export function* declaredExecutors(
  { pipelines }: ResolvedOptions,
  { main }: Pools,
): Generator<string | undefined> {
  for (const { steps } of pipelines.values()) {
    for (const { executor } of Object.values(steps)) yield executor;
  }
  for (const id of main?.pool.tasks.ids ?? []) yield main?.pool.tasks.get(id)?.executor;
}
