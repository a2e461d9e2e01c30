import { Crew, type Supervisor } from '../../actors/index.ts';
import { DEFAULT_EXECUTOR, executorNotFound, TroupeError } from '../model/index.ts';
import {
  type PoolStats,
  ProcessCarrier,
  WorkerPool,
  type WorkerPoolOptions,
  type WorkerSilence,
} from '../pool/index.ts';
import type { Dispatcher, EventSink, Job } from '../ports/index.ts';
import { INLINE, PROCESS } from './executor-options.ts';
import { InlineCarrier } from './inline-carrier.ts';
import type { ResolvedOptions } from './options.ts';
import type { ResolvedThreadOptions } from './thread-options.ts';

/** Tasks that may be under way at once on the main thread: they wait, or should not be there. */
const INLINE_CONCURRENCY = 1_024;

type Kind = 'thread' | 'process' | 'inline';

type OwnOptions = ResolvedThreadOptions & Partial<Pick<ResolvedOptions, 'balancing'>>;

/** A pool and its workers. */
export interface CrewedPool {
  readonly pool: WorkerPool;
  readonly crew: Crew;
}

export interface PoolsOptions {
  readonly options: ResolvedOptions;
  readonly sink: EventSink;
  /** Puts the workers of a pool under the supervision tree that runs already. */
  readonly supervise: (crew: Crew) => Promise<unknown>;
  /** Takes them out again. @returns when they are gone */
  readonly dismiss: (crew: Crew) => Promise<unknown>;
}

/** All pools of a runtime, by the names of the executors that they are. */
export class Pools {
  readonly #options: PoolsOptions;
  readonly #pools = new Map<string, CrewedPool>();
  /** Those that gave up, and whose places have to be ended, too. */
  readonly #past: WorkerPool[] = [];
  /** Until when those that gave up have the name. */
  readonly #leaving = new Map<string, Promise<unknown>>();
  #closed: TroupeError | undefined;
  #destroyed: Promise<unknown> | undefined;

  constructor(options: PoolsOptions) {
    this.#options = options;
    const { dispatcher, pools } = options.options;
    if (dispatcher === undefined) this.#add(DEFAULT_EXECUTOR, 'thread', options.options);
    for (const [name, own] of pools) this.#add(name, own.kind, own);
  }

  /** That of the runtime's own threads, where there is one. */
  get main(): CrewedPool | undefined {
    return this.#pools.get(DEFAULT_EXECUTOR);
  }

  /** Those that there are by now. */
  get all(): readonly CrewedPool[] {
    return [...this.#pools.values()];
  }

  get supervisors(): readonly Supervisor[] {
    return this.all.map(({ crew }) => crew.supervisor);
  }

  /** The executors that they are, and can be, but for the default one. */
  dispatchers(): Map<string, Dispatcher> {
    const named = new Map<string, Dispatcher>([
      [INLINE, new LazyPool((gone) => this.#begin(INLINE, gone))],
      [PROCESS, new LazyPool((gone) => this.#begin(PROCESS, gone))],
    ]);
    for (const [name, { pool }] of this.#pools) {
      if (name !== DEFAULT_EXECUTOR) named.set(name, pool);
    }
    return named;
  }

  /** @throws TroupeError `ExecutorNotFound` for a name that is no pool's, or of one that was not used yet */
  get(name: string): CrewedPool {
    const found = this.#pools.get(name);
    if (found !== undefined) return found;
    throw executorNotFound(name, [...this.#pools.keys()]);
  }

  /** @throws TroupeError as `get`, but for the default one, of which there may be none */
  stats(name = DEFAULT_EXECUTOR): PoolStats | undefined {
    return name === DEFAULT_EXECUTOR ? this.main?.pool.stats() : this.get(name).pool.stats();
  }

  /** Settles when the workers that begin with the runtime have said hello, or one could not. */
  async ready(): Promise<void> {
    await Promise.all(this.all.map(({ pool }) => pool.ready));
  }

  /** Threads that were ended and live on, inside a native synchronous call. */
  get zombies(): number {
    return this.all.reduce((sum, { pool }) => sum + pool.zombies, 0);
  }

  /** Milliseconds that the oldest job in any queue has waited; 0 when none does. */
  get longestWait(): number {
    return Math.max(0, ...this.all.map(({ pool }) => pool.longestWait));
  }

  get silences(): readonly WorkerSilence[] {
    // That the main thread turns, its own checks tell.
    const others = [...this.#pools].filter(([name]) => name !== INLINE);
    return others.flatMap(([, { pool }]) => pool.silences);
  }

  /** They take no more jobs, and fail those that wait. */
  close(error: TroupeError): void {
    this.#closed ??= error;
    for (const { pool } of this.all) pool.close(error);
  }

  /** Ends all that is left of them. */
  async destroy(): Promise<void> {
    this.close(new TroupeError('PoolClosed', 'the pool is closed'));
    const pools = [...this.all.map(({ pool }) => pool), ...this.#past];
    this.#destroyed ??= Promise.all(pools.map((pool) => pool.destroy()));
    await this.#destroyed;
  }

  /**
   * Makes one whose workers start now.
   * @param gone is told when they could not, or gave up: another one is to be made then
   */
  #begin(name: typeof INLINE | typeof PROCESS, gone: () => void): WorkerPool {
    const { options, supervise, dismiss } = this.#options;
    const own = name === INLINE ? onMainThread(options) : { ...options, size: options.processes };
    const made = this.#add(name, name, own);
    const { pool, crew } = made;
    const fail = (error: unknown) => {
      pool.close(TroupeError.from(error, 'StartFailed', `executor ${name}`));
      if (this.#pools.get(name) !== made) return;
      this.#leaving.set(name, dismiss(crew).catch(NOTHING));
      this.#pools.delete(name);
      this.#past.push(pool);
      gone();
    };
    if (this.#closed !== undefined) pool.close(this.#closed);
    else {
      const before = this.#leaving.get(name) ?? Promise.resolve();
      Promise.all([before.then(() => supervise(crew)), pool.ready]).catch(fail);
    }
    void crew.supervisor.ended.then(({ error }) => {
      if (error !== undefined) fail(error);
    });
    return pool;
  }

  #add(name: string, kind: Kind, own: OwnOptions): CrewedPool {
    const { options, sink } = this.#options;
    const pool = new WorkerPool(poolOptions(options, own, kind, sink));
    const isMain = name === DEFAULT_EXECUTOR;
    const id = isMain ? 'pool' : `pool:${name}`;
    const workers = isMain ? 'worker' : name;
    const crew = new Crew(pool, { ...options, size: own.size, id, workers, sink });
    const made = { pool, crew };
    this.#pools.set(name, made);
    return made;
  }
}

const NOTHING = () => {};

/** Nothing of what bounds a thread can be done to the one that does it. */
function onMainThread(options: ResolvedOptions): ResolvedThreadOptions {
  const { values, env, execArgv } = options;
  const size = { min: 1, max: 1, idleTimeout: 1 };
  const place = { concurrency: INLINE_CONCURRENCY, resourceLimits: {}, recycle: {} };
  return { ...place, size, values, env, execArgv, hangTimeout: undefined };
}

function poolOptions(
  { clock, logger, modules, schedule, grace }: ResolvedOptions,
  own: OwnOptions,
  kind: Kind,
  sink: EventSink,
): WorkerPoolOptions {
  const { size, concurrency, resourceLimits, recycle, hangTimeout, values, balancing } = own;
  const { env, execArgv } = own;
  const place = { resourceLimits, ...(env && { env }), ...(execArgv && { execArgv }) };
  const workers = { concurrency, recycle, hangTimeout, values, balancing };
  const common = { ...place, ...workers, clock, logger, modules, sink, schedule: schedule.queue };
  return {
    ...common,
    threads: size.min,
    ...(kind === 'process' && { carrier: new ProcessCarrier(place) }),
    ...(kind === 'inline' && { carrier: new InlineCarrier(), patience: grace }),
  };
}

/** A pool that is made for the first job. */
class LazyPool implements Dispatcher {
  readonly #begin: (gone: () => void) => WorkerPool;
  #pool: WorkerPool | undefined;

  constructor(begin: (gone: () => void) => WorkerPool) {
    this.#begin = begin;
  }

  dispatch(job: Job): void {
    this.#pool ??= this.#begin(() => {
      this.#pool = undefined;
    });
    this.#pool.dispatch(job);
  }

  cancel(job: Job, error: Error): void {
    this.#pool?.cancel(job, error);
  }

  async message(job: Job, value: unknown): Promise<void> {
    if (this.#pool !== undefined) return this.#pool.message(job, value);
    // It gave up, and the job with it.
    const { id } = job.task;
    throw new TroupeError('InvalidState', `task ${id} has ended`, { details: { task: id } });
  }

  credit(job: Job, pieces: number): void {
    this.#pool?.credit(job, pieces);
  }

  waiting(): Iterable<Job> {
    return this.#pool?.waiting() ?? [];
  }
}
