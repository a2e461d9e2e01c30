import {
  type Breaker,
  type ExecutionRun,
  type HealthMonitor,
  type Logic,
  type Shutdown,
  type ShutdownPhaseName,
  type ShutdownReport,
  type ShutdownTask,
  type SpawnArguments,
  type Spawned,
  SpawnedActor,
  type SpawnOptions,
  SupervisorHandle,
  type TreeOptions,
} from '../../actors/index.ts';
import { ResultCache, type RuntimeCache, runtimeCache } from '../cache/index.ts';
import {
  type BreakerOptions,
  checkFunction,
  checkNames,
  invalidOption,
  recordOf,
  type TaskReference,
  type TroupeError,
} from '../model/index.ts';
import type { Pipeline } from '../pipeline/index.ts';
import { bindPolicy, GatedDispatcher, type PolicyFactory } from '../policy/index.ts';
import { Registry, setTaskRunner } from '../statechart/index.ts';
import { EventBus, logBreakers, logExecutions, type Subscriber } from '../telemetry/index.ts';
import type { AdmissionLimits } from './admission.ts';
import { Breakers } from './breakers.ts';
import { Commands, type RunOptions, type StartOptions } from './commands.ts';
import { type Execution, ExecutionHandle, resultOf } from './execution.ts';
import { createExecutors, declaredExecutors } from './executors.ts';
import { failureOf } from './failure.ts';
import { createHealthMonitor } from './health-monitor.ts';
import { JournalWatch } from './journal-watch.ts';
import { Lifecycle } from './lifecycle.ts';
import {
  checkTimeout,
  type ResolvedOptions,
  type RuntimeOptions,
  resolveRuntimeOptions,
} from './options.ts';
import { OwnChildren } from './own-children.ts';
import { Plans } from './plans.ts';
import { poolHandle } from './pool-handle.ts';
import { Pools, type PoolsOptions } from './pools.ts';
import { createQueries, type Queries } from './queries.ts';
import type { HealthChecks, Runtime, ShutdownOptions } from './runtime.ts';
import { createShutdown, leaveBehind, type Parts } from './shutdown.ts';
import { type SignalOptions, shutDownAtSignal } from './signals.ts';
import { createRoot, createSupervisors, lateWorkers } from './supervision-tree.ts';
import {
  checkStreamOptions,
  type StreamOptions,
  StreamReader,
  type TaskStream,
} from './task-stream.ts';

/**
 * Starts the worker threads, waits until each has loaded the task modules, and gives the runtime.
 *
 * @throws TroupeError `InvalidOption`, `DuplicateId`, `TaskModuleNotLoaded`, `HandshakeFailed`
 *   where a worker does not start otherwise, `TaskNotFound` for a rate of a task that there is not,
 *   `ExecutorNotFound` for one that a task or pipeline names; nothing is
 *   left running
 *
 * @example
 * await using runtime = await createRuntime({ tasks: [files], threads: 4 });
 * const digest = await runtime.run(files.hash, { path: 'README.md' });
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const runtime = new Troupe(resolveRuntimeOptions(options));
  await runtime.boot();
  return runtime;
}

/** The composition root: makes every part, and gives each what it needs. */
class Troupe implements Runtime {
  readonly policy: PolicyFactory;
  readonly query: Queries;
  readonly health: HealthChecks;
  readonly cache: RuntimeCache;
  readonly pool: Runtime['pool'];
  readonly #options: ResolvedOptions;
  readonly #lifecycle = new Lifecycle();
  readonly #bus: EventBus;
  readonly #own: OwnChildren;
  readonly #breakers: Breakers;
  readonly #registry = new Registry();
  readonly register: Registry['register'] = (...named) => this.#registry.register(...named);
  readonly whereIs: Registry['whereIs'] = (name) => this.#registry.whereIs(name);
  readonly via: Registry['via'] = (name) => this.#registry.via(name);
  readonly #commands: Commands;
  readonly #plans: Plans;
  readonly #monitor: HealthMonitor;
  readonly #parts: Parts;
  readonly #shutdown: Shutdown;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    const { clock, random, journal } = options;
    const lifecycle = this.#lifecycle;
    const closed = () => lifecycle.closed;
    const phase = () => lifecycle.phase(this.#shutdown.status);
    const watch = new JournalWatch(journal, clock);
    const closeJournal = once(async () => journal.close());
    const sink = busOf(options);
    const environment = { clock, random, sink };
    const performers = performersOf({ options, sink, ...lateWorkers(() => root) });
    const { pools, executors, dispatcher, cache } = performers;
    const supervisors = createSupervisors(options, sink, pools.supervisors);
    const { executions, breakers, user } = supervisors;
    const sources = { pools, journal: watch, supervisors, phase, sink };
    const monitor = createHealthMonitor(options, sources);
    const services = { closeJournal, startHealth: monitor.start };
    const root = createRoot(supervisors, services, options, sink);
    const knownTasks = pools.main?.pool.tasks;
    const plans = new Plans({ pipelines: options.pipelines, knownTasks, executors });
    const commands = new Commands({
      deps: { dispatcher, cache, journal: watch, ...environment, supervisor: executions },
      plans,
      admission: admissionOf(options),
      closed,
    });
    this.#bus = sink;
    this.#own = new OwnChildren(user, closed);
    this.#monitor = monitor;
    this.#commands = commands;
    this.#plans = plans;
    this.#breakers = new Breakers({ ...environment, supervisor: breakers, dispatcher, closed });
    this.#parts = { lifecycle, commands, pools, executors, root, closeJournal };
    this.#shutdown = createShutdown(options, this.#parts);
    this.policy = bindPolicy({ clock, random });
    this.health = healthChecks(lifecycle, monitor);
    this.pool = (name) => poolHandle(pools, { plans, lifecycle }, name);
    this.cache = runtimeCache(cache);
    this.query = createQueries({
      journal,
      root,
      phase,
      monitor,
      live: commands.live,
      breakers: () => this.#breakers.metrics(),
      zombies: () => pools.zombies,
      failure: () => lifecycle.failure && recordOf(lifecycle.failure),
      pool: (name) => pools.stats(name),
      executors: () => executors.names,
      tasks: () => knownTasks?.ids ?? [],
      pipelines: [...options.pipelines.keys()],
    });
  }

  async boot(): Promise<void> {
    const { signals, grace } = this.#options;
    const { root, pools, executors } = this.#parts;
    if (signals !== undefined) this.#heed(signals);
    void root.ended.then(({ error }) => {
      if (error !== undefined) this.#collapse(failureOf(error));
    });
    try {
      await root.start();
      setTaskRunner(root.system, this);
      await pools.ready();
      executors.demandAll(declaredExecutors(this.#options, pools));
      for (const id of this.#options.schedule.ratedTasks) this.#plans.task(id);
      this.#lifecycle.cameUp();
      this.#monitor.started();
    } catch (error) {
      await this.#shutdown.begin('the start failed', grace);
      throw error;
    }
  }

  async run(
    task: TaskReference<never> | string,
    input?: unknown,
    options?: RunOptions<never, never>,
  ): Promise<never> {
    return resultOf(await this.#commands.run(task, input, options)) as Promise<never>;
  }

  async start(
    pipeline: Pipeline | string,
    input?: unknown,
    options?: StartOptions,
  ): Promise<Execution<never>> {
    const run = await this.#commands.start(pipeline, input, options);
    return this.#handle(run) as Execution<never>;
  }

  async stream(
    task: TaskReference<never> | string,
    input?: unknown,
    options?: StreamOptions,
  ): Promise<TaskStream<never, never>> {
    const { ahead, ...others } = checkStreamOptions(options);
    const reader = new StreamReader(ahead);
    const run = await this.#commands.stream(task, input, others, reader);
    reader.follow(run, this.#handle(run));
    return reader as TaskStream as TaskStream<never, never>;
  }

  execution(id: string): Execution | undefined {
    const run = this.#commands.live.get(id);
    return run && this.#handle(run);
  }

  async spawn<L extends Logic>(
    logic: L,
    ...[options = {} as SpawnOptions<L>]: SpawnArguments<L>
  ): Promise<Spawned<L>> {
    checkNames(options, ['id', 'input', 'restart', 'budget']);
    const { id = this.#options.random.id(), input, restart, budget } = options;
    this.#lifecycle.demandOpen();
    const actor = new SpawnedActor(id, logic, input);
    await this.#own.start({ id, restart, budget, start: actor.start });
    return Object.assign(actor, { stop: () => this.#own.stop(actor) });
  }

  async supervise(options: TreeOptions): Promise<SupervisorHandle> {
    this.#lifecycle.demandOpen();
    const handle = new SupervisorHandle(options, this.#own);
    await this.#own.start(handle.spec);
    return handle;
  }

  async breaker(id: string, options?: BreakerOptions): Promise<Breaker> {
    return this.#breakers.get(id, options);
  }

  async attachBreaker(
    task: TaskReference<never> | string,
    breaker?: Breaker | BreakerOptions,
  ): Promise<Breaker> {
    return this.#breakers.attach(this.#plans.task(task), breaker);
  }

  subscribe(subscriber: Subscriber): () => void {
    checkFunction('subscriber', subscriber);
    return this.#bus.subscribe(subscriber);
  }

  onShutdown(phase: ShutdownPhaseName, name: string, task: ShutdownTask): Disposable {
    return this.#shutdown.add(phase, name, task);
  }

  async shutdown(options: ShutdownOptions = {}): Promise<ShutdownReport> {
    checkNames(options, ['reason', 'timeout']);
    const { reason = 'requested', timeout } = options;
    if (typeof reason !== 'string') throw invalidOption('reason', 'a text', reason);
    const deadline = checkTimeout('timeout', timeout) || this.#options.shutdownTimeout;
    return this.#shutdown.begin(reason, deadline);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown({ reason: 'disposed' });
  }

  #handle(run: ExecutionRun): Execution {
    return new ExecutionHandle(run, this.#options.journal);
  }

  /** From now on to the end of the shutdown, whoever asks for that. */
  #heed(options: SignalOptions): void {
    const signals = shutDownAtSignal((reason) => this.shutdown({ reason }), options);
    void this.#shutdown.ended.then(() => signals[Symbol.dispose]());
  }

  /** The supervision tree gave up. Everybody who waits is told why. */
  #collapse(failure: TroupeError): void {
    const closed = this.#lifecycle.fail(failure);
    this.#options.logger.error({ error: recordOf(failure) }, 'the runtime failed');
    leaveBehind(this.#parts, closed);
  }
}

function admissionOf({ admission, maxExecutions, schedule }: ResolvedOptions): AdmissionLimits {
  return { ...admission, limit: maxExecutions, aging: schedule.queue.aging };
}

function busOf({ logger, logs }: ResolvedOptions): EventBus {
  const bus = new EventBus(logger);
  if (logs) bus.subscribe(logExecutions(logger));
  if (logs) bus.subscribe(logBreakers(logger));
  return bus;
}

/** Who performs tasks, from the outside in. */
function performersOf(environment: PoolsOptions) {
  const { options, sink } = environment;
  const { cacheEntries: entries, cacheBytes: bytes, clock } = options;
  const pools = new Pools(environment);
  const executors = createExecutors(options, pools);
  const dispatcher = new GatedDispatcher(executors, clock);
  const cache = new ResultCache({ entries, bytes, dispatcher, clock, sink });
  return { pools, executors, dispatcher, cache };
}

function healthChecks(lifecycle: Lifecycle, monitor: HealthMonitor): HealthChecks {
  return {
    add: (check) => {
      lifecycle.demandOpen();
      return monitor.add(check);
    },
  };
}

/** Does it at the first call; the later ones get the first one's outcome. */
function once<T>(act: () => Promise<T>): () => Promise<T> {
  let outcome: Promise<T> | undefined;
  return () => {
    outcome ??= act();
    return outcome;
  };
}
