import {
  type Breaker,
  type ExecutionRun,
  HealthMonitor,
  type Logic,
  type RuntimePhase,
  Shutdown,
  type ShutdownPhaseName,
  type ShutdownReport,
  type ShutdownTask,
  type SpawnArguments,
  type Spawned,
  SpawnedActor,
  type SpawnOptions,
  Supervisor,
  SupervisorHandle,
  service,
  subtree,
  type TreeOptions,
  worker,
} from '../../actors/index.ts';
import { ResultCache } from '../cache/index.ts';
import {
  type BreakerOptions,
  DEFAULT_RESTART_INTENSITY,
  type HealthCheck,
  invalidOption,
  type RestartIntensity,
  recordOf,
  type TaskReference,
  TroupeError,
} from '../model/index.ts';
import type { Pipeline } from '../pipeline/index.ts';
import { bindPolicy, GatedDispatcher, type PolicyFactory } from '../policy/index.ts';
import { WorkerPool } from '../pool/index.ts';
import type { RestartBudget } from '../ports/index.ts';
import { Registry, setTaskRunner } from '../statechart/index.ts';
import { EventBus, logBreakers, logExecutions, type Subscriber } from '../telemetry/index.ts';
import { Breakers } from './breakers.ts';
import { Commands, type StartOptions } from './commands.ts';
import { type Execution, ExecutionHandle, endOf, resultOf } from './execution.ts';
import { EXECUTIONS } from './exit.ts';
import {
  checkTimeout,
  type ResolvedOptions,
  type RuntimeOptions,
  resolveRuntimeOptions,
} from './options.ts';
import { createQueries, type Queries } from './queries.ts';
import { type SignalOptions, shutDownAtSignal } from './signals.ts';
import { vitalChecks } from './vital-checks.ts';

/** A task's input as an argument: left out where the task takes none. */
type InputArguments<Input> = undefined extends Input
  ? [input?: Input, options?: StartOptions]
  : [input: Input, options?: StartOptions];

export interface ShutdownOptions {
  /** Why, for the report and the log. @default 'requested' */
  readonly reason?: string;
  /**
   * Milliseconds for all of it, from this call. Of a shutdown that is under way it can only bring
   * the deadline nearer. @default the runtime's `shutdownTimeout`
   */
  readonly timeout?: number;
}

/** What the health of a runtime depends on. */
export interface HealthChecks {
  /**
   * Adds a check, which runs at once and then after its own period. It counts towards
   * `health().state` from its first result on; until that, readiness fails.
   *
   * @returns to dispose of it ends the check
   * @throws TroupeError `InvalidOption`, `DuplicateId`, `RuntimeClosed`; `InvalidState` for a
   *   `startup` check once the startup is over: give those to `createRuntime`
   *
   * @example
   * using check = runtime.health.add({
   *   name: 'database:responseTime',
   *   kind: 'readiness',
   *   componentType: 'datastore',
   *   check: async ({ signal }) => void (await db.query('select 1', { signal })),
   * });
   */
  add(check: HealthCheck): Disposable;
}

/** A running troupe: takes commands, answers queries, tells events, and ends in good order. */
export interface Runtime extends AsyncDisposable {
  /**
   * Runs one task and gives its output: an execution of one step, supervised and recorded as any.
   *
   * @throws TroupeError `TaskNotFound`, `TaskFailed`, `TaskTimeout`, `Overloaded`, `RuntimeClosed`
   *   and the other causes of `Execution.result`
   */
  run<Input, Output>(
    task: TaskReference<Input, Output>,
    ...args: InputArguments<NoInfer<Input>>
  ): Promise<Output>;
  /** Runs a task by its name, `module.task`. */
  run(task: string, input?: unknown, options?: StartOptions): Promise<unknown>;
  /**
   * Starts a pipeline. Resolves when the acceptance is as durable as the journal promises.
   *
   * @throws TroupeError `PipelineNotFound`, `TaskNotFound`, `InvalidInput`, `InvalidOption`,
   *   `Overloaded`, `RuntimeClosed`
   */
  start<Input, Output>(
    pipeline: Pipeline<Input, Output>,
    ...args: InputArguments<NoInfer<Input>>
  ): Promise<Execution<Output>>;
  /** Starts a registered pipeline by its id. */
  start(pipeline: string, input?: unknown, options?: StartOptions): Promise<Execution>;
  /** The handle of an execution that is under way. */
  execution(id: string): Execution | undefined;
  /**
   * Tells of every event from now on, on the runtime's own time. A subscriber that throws is
   * dropped and reported.
   *
   * @returns the way to leave
   */
  subscribe(subscriber: Subscriber): () => void;
  /**
   * Starts an actor of your own under the supervision tree: a machine, which is compiled, or any
   * other XState logic. In it, `fromTask` runs tasks on this runtime.
   *
   * @returns when it has started
   * @throws TroupeError `InvalidOption`, `AlreadyStarted`, `RuntimeClosed`, `InvalidState` once the
   *   supervisor of such actors has given up, or `StartFailed` when it fails as it starts; nothing
   *   is left of it then
   */
  spawn<L extends Logic>(logic: L, ...options: SpawnArguments<L>): Promise<Spawned<L>>;
  /**
   * Starts a supervisor of your own, with children of any kind, under the supervision tree.
   *
   * @returns when all its children have started
   * @throws TroupeError `InvalidOption`, `DuplicateId`, `AlreadyStarted`, `RuntimeClosed`, or
   *   `StartFailed` when a child does not start; nothing is left of it then
   */
  supervise(options: TreeOptions): Promise<SupervisorHandle>;
  /**
   * Gives an actor a name, unique in this runtime until the actor ends.
   *
   * @returns the way to give it back before
   * @throws TroupeError `NameTaken`, `ActorDown`, `InvalidOption`
   */
  readonly register: Registry['register'];
  /** The actor that has a name now. */
  readonly whereIs: Registry['whereIs'];
  /** Sends to whoever has a name at the time of each send; then `NameNotFound` if nobody has it. */
  readonly via: Registry['via'];
  /** `policy` on the runtime's own clock and chance. */
  readonly policy: PolicyFactory;
  /**
   * The circuit breaker of this id, under the supervision tree; it is made if there is none. It
   * lives until it is disposed of, or the runtime ends.
   *
   * @param options only for one that is not there yet
   * @throws TroupeError `DuplicateId` for options where there is one of this id, `InvalidOption`,
   *   `RuntimeClosed`
   *
   * @example
   * const mail = await runtime.breaker('mail', { failureRate: 0.3 });
   * await mail.execute(({ signal }) => send(letter, { signal }));
   */
  breaker(id: string, options?: BreakerOptions): Promise<Breaker>;
  /**
   * Puts a circuit breaker before all attempts of a task, until the breaker is disposed of. An
   * attempt that it holds back does not reach a thread and fails with `BreakerOpen`, which a step's
   * `retry` tries again, no sooner than the breaker asks. Attempts count with their duration, from
   * their dispatch; cancelled ones do not count.
   *
   * @param breaker one of `breaker()`, which may stand before several tasks, or the options of a new
   *   one, whose id is the task's
   * @throws TroupeError `TaskNotFound`, `DuplicateId` when the task has a breaker, and as `breaker`
   */
  attachBreaker(
    task: TaskReference<never> | string,
    breaker?: Breaker | BreakerOptions,
  ): Promise<Breaker>;
  readonly query: Queries;
  readonly health: HealthChecks;
  /**
   * Has something done in a phase of the shutdown: one of the runtime's own, or of its option
   * `shutdownPhases`. All tasks of a phase run side by side; the phase is over when they are through
   * or its time is up, and then their signal aborts. A task that throws is in the report and harms
   * no other. Phases that have not begun take tasks also while the shutdown is under way.
   *
   * @returns the way to take it out again, before its phase begins
   * @throws TroupeError `InvalidOption`; `DuplicateId` when the phase has a task of this name;
   *   `InvalidState` when the phase has begun
   *
   * @example runtime.onShutdown('terminating', 'database', () => database.end());
   */
  onShutdown(phase: ShutdownPhaseName, name: string, task: ShutdownTask): Disposable;
  /**
   * Ends it: takes nothing new, lets what runs finish, then asks it to stop, then ends it, all
   * within one deadline that its phases share, in the manner of Akka's CoordinatedShutdown. Runs
   * once; later calls join the first and get its report. `docs/shutdown.md` has the phases.
   */
  shutdown(options?: ShutdownOptions): Promise<ShutdownReport>;
}

/**
 * Starts the worker threads, waits until each has loaded the task modules, and gives the runtime.
 *
 * @throws TroupeError `InvalidOption`, `DuplicateId`, `TaskModuleNotLoaded`; nothing is left running
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
  readonly #options: ResolvedOptions;
  readonly #bus: EventBus;
  readonly #pool: WorkerPool | undefined;
  readonly #workers: Supervisor | undefined;
  readonly #root: Supervisor;
  /** The embedder's own actors. It is not restarted: when it gives up, nothing else falls with it. */
  readonly #user: Supervisor;
  readonly #breakers: Breakers;
  readonly #registry = new Registry();
  readonly register: Registry['register'] = (...named) => this.#registry.register(...named);
  readonly whereIs: Registry['whereIs'] = (name) => this.#registry.whereIs(name);
  readonly via: Registry['via'] = (name) => this.#registry.via(name);
  readonly #commands: Commands;
  readonly #shutdown: Shutdown;
  readonly #closeJournal: () => Promise<void>;
  readonly #monitor: HealthMonitor;
  #isUp = false;
  #closed: TroupeError | undefined;
  #failure: TroupeError | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    const { clock, random, journal, logger } = options;
    this.#closeJournal = once(async () => journal.close());
    this.policy = bindPolicy({ clock, random });
    this.#bus = new EventBus(logger);
    if (options.logs) this.#bus.subscribe(logExecutions(logger));
    if (options.logs) this.#bus.subscribe(logBreakers(logger));
    const sink = this.#bus;
    this.#pool = options.dispatcher === undefined ? this.#makePool() : undefined;
    const performer = options.dispatcher ?? (this.#pool as WorkerPool);
    const dispatcher = new GatedDispatcher(performer, clock);
    const environment = { clock, random, sink };
    const executions = new Supervisor({ id: 'executions', strategy: 'dynamic', ...environment });
    const cache = new ResultCache(options.cacheEntries, clock);
    const forgetful = { strategy: 'one_for_one', forgets: true, ...environment } as const;
    this.#user = new Supervisor({ id: 'user', ...forgetful });
    const breakers = new Supervisor({ id: 'breakers', ...forgetful });
    const closed = () => this.#closed;
    this.#breakers = new Breakers({ ...environment, supervisor: breakers, dispatcher, closed });
    this.#workers = this.#pool && this.#poolSupervisor(this.#pool);
    this.#monitor = this.#makeMonitor();
    this.health = {
      add: (check) => {
        if (this.#closed !== undefined) throw this.#closed;
        return this.#monitor.add(check);
      },
    };
    this.#root = this.#makeRoot(breakers, executions);
    this.#commands = new Commands({
      deps: { dispatcher, cache, journal, sink, clock, random, supervisor: executions },
      pipelines: options.pipelines,
      maxExecutions: options.maxExecutions,
      knownTasks: this.#pool?.tasks,
      closed,
    });
    this.#shutdown = this.#makeShutdown();
    this.query = createQueries({
      journal,
      root: this.#root,
      phase: () => this.#phase(),
      monitor: this.#monitor,
      live: this.#commands.live,
      breakers: () => this.#breakers.metrics(),
      failure: () => this.#failure && recordOf(this.#failure),
      tasks: () => this.#pool?.tasks.ids ?? [],
      pipelines: [...options.pipelines.keys()],
    });
  }

  async boot(): Promise<void> {
    const { signals, grace } = this.#options;
    if (signals !== undefined) this.#heed(signals);
    void this.#root.ended.then(({ error }) => {
      if (error !== undefined) this.#collapse(TroupeError.from(error, 'StartFailed', 'runtime'));
    });
    try {
      await this.#root.start();
      setTaskRunner(this.#root.system, this);
      await this.#pool?.ready;
      // It may have been shut down as it started.
      if (this.#closed !== undefined) throw this.#closed;
      this.#isUp = true;
      this.#monitor.started();
    } catch (error) {
      await this.#shutdown.begin('the start failed', grace);
      throw error;
    }
  }

  async run(
    task: TaskReference<never> | string,
    input?: unknown,
    options?: StartOptions,
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

  execution(id: string): Execution | undefined {
    const run = this.#commands.live.get(id);
    return run && this.#handle(run);
  }

  async spawn<L extends Logic>(
    logic: L,
    ...[options = {} as SpawnOptions<L>]: SpawnArguments<L>
  ): Promise<Spawned<L>> {
    if (typeof options !== 'object' || options === null) {
      throw invalidOption('options', 'an object', options);
    }
    const { id = this.#options.random.id(), input, restart = 'permanent' } = options;
    if (this.#closed !== undefined) throw this.#closed;
    const actor = new SpawnedActor(id, logic, input);
    await this.#user.startChild({ id, restart, start: actor.start });
    const stop = async () => {
      if (this.#user.has(id)) await this.#user.terminateChild(id);
    };
    return Object.assign(actor, { stop });
  }

  async supervise(options: TreeOptions): Promise<SupervisorHandle> {
    if (this.#closed !== undefined) throw this.#closed;
    const handle = new SupervisorHandle(options);
    await this.#user.startChild(handle.spec);
    return handle;
  }

  async breaker(id: string, options?: BreakerOptions): Promise<Breaker> {
    return this.#breakers.get(id, options);
  }

  async attachBreaker(
    task: TaskReference<never> | string,
    breaker?: Breaker | BreakerOptions,
  ): Promise<Breaker> {
    return this.#breakers.attach(this.#commands.task(task), breaker);
  }

  subscribe(subscriber: Subscriber): () => void {
    if (typeof subscriber !== 'function')
      throw invalidOption('subscriber', 'a function', subscriber);
    return this.#bus.subscribe(subscriber);
  }

  onShutdown(phase: ShutdownPhaseName, name: string, task: ShutdownTask): Disposable {
    return this.#shutdown.add(phase, name, task);
  }

  async shutdown({ reason = 'requested', timeout }: ShutdownOptions = {}): Promise<ShutdownReport> {
    const deadline = checkTimeout('timeout', timeout) || this.#options.shutdownTimeout;
    return this.#shutdown.begin(reason, deadline);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown({ reason: 'disposed' });
  }

  #handle(run: ExecutionRun): Execution {
    return new ExecutionHandle(run, this.#options.journal);
  }

  #makePool(): WorkerPool {
    const { threads, modules, resourceLimits, clock, logger } = this.#options;
    const sink = this.#bus;
    return new WorkerPool({ threads, modules, resourceLimits, clock, sink, logger });
  }

  #makeMonitor(): HealthMonitor {
    const { health, vitals, clock, logger } = this.#options;
    const supervisors = () => this.#restartBudgets();
    const sources = { vitals, queue: this.#pool, workers: this.#pool, supervisors };
    const checks = [...vitalChecks(sources, health), ...health.checks];
    const phase = () => this.#phase();
    const { service } = health;
    return new HealthMonitor({ service, checks, phase, vitals, clock, sink: this.#bus, logger });
  }

  /** Of those that restart anything. */
  #restartBudgets(): readonly RestartBudget[] {
    const { restartIntensity } = this.#options;
    const budgetOf = (supervisor: Supervisor | undefined, { intensity }: RestartIntensity) =>
      supervisor === undefined
        ? []
        : [{ id: supervisor.id, restartsLeft: supervisor.restartsLeft, intensity }];
    return [
      ...budgetOf(this.#workers, restartIntensity),
      ...budgetOf(this.#user, DEFAULT_RESTART_INTENSITY),
    ];
  }

  #phase(): RuntimePhase {
    if (this.#failure !== undefined) return 'failed';
    const { status } = this.#shutdown;
    if (status !== 'running') return status === 'stopped' ? 'stopped' : 'stopping';
    return this.#isUp ? 'running' : 'starting';
  }

  /** The static children of the root are not restarted: one that fails takes the runtime down. */
  #makeRoot(breakers: Supervisor, executions: Supervisor): Supervisor {
    const { clock, random } = this.#options;
    const sink = this.#bus;
    const type = 'supervisor';
    return new Supervisor({
      id: 'runtime',
      strategy: 'rest_for_one',
      intensity: { intensity: 0 },
      isOwn: (actor) => executions.isParentOf(actor),
      clock,
      random,
      sink,
      children: [
        { id: 'journal', start: service({ stop: this.#closeJournal }) },
        { id: 'telemetry', start: service({}) },
        ...(this.#workers === undefined
          ? []
          : [{ id: 'pool', type, start: subtree(this.#workers) } as const]),
        // Without breakers everything passes: that is no reason to end what runs.
        { id: 'breakers', type, restart: 'temporary', start: subtree(breakers) },
        { id: 'executions', type, start: subtree(executions) },
        { id: 'user', type, restart: 'temporary', start: subtree(this.#user) },
        { id: 'health', start: this.#monitor.start },
      ],
    });
  }

  #poolSupervisor(pool: WorkerPool): Supervisor {
    const { threads, grace, handshakeTimeout, restartIntensity, clock, random } = this.#options;
    return new Supervisor({
      id: 'pool',
      strategy: 'one_for_one',
      intensity: restartIntensity,
      clock,
      random,
      sink: this.#bus,
      children: Array.from({ length: threads }, (_, index) => ({
        id: `worker-${index + 1}`,
        start: worker(pool, { grace, handshakeTimeout }),
        shutdown: grace,
      })),
    });
  }

  #makeShutdown(): Shutdown {
    const { clock, shutdownPlan: plan } = this.#options;
    const shutdown = new Shutdown({ clock, plan, zombies: () => this.#pool?.zombies ?? 0 });
    shutdown.add('not_ready', 'intake', () => {
      this.#closed ??= new TroupeError('RuntimeClosed', 'the runtime is shut down');
    });
    shutdown.add('draining', EXECUTIONS, () => this.#commands.idle());
    shutdown.add('aborting', EXECUTIONS, () => this.#abort('the runtime shuts down'));
    shutdown.add('terminating', 'supervision tree', () => this.#terminate());
    shutdown.add('closing', 'threads', () => this.#pool?.destroy());
    // The tree has closed it, unless it took too long.
    shutdown.add('closing', 'journal', this.#closeJournal);
    return shutdown;
  }

  /** From now on to the end of the shutdown, whoever asks for that. */
  #heed(options: SignalOptions): void {
    const signals = shutDownAtSignal((reason) => this.shutdown({ reason }), options);
    void this.#shutdown.ended.then(() => signals[Symbol.dispose]());
  }

  async #abort(reason: string): Promise<void> {
    const runs = [...this.#commands.live.values()];
    await Promise.all(
      runs.map(async (run) => {
        await run.cancel(reason);
        await endOf(run);
      }),
    );
  }

  /** Whatever did not end when it was asked to is left behind; nobody may wait for it for ever. */
  async #terminate(): Promise<void> {
    const closed = this.#closed ?? new TroupeError('RuntimeClosed', 'the runtime is shut down');
    for (const run of [...this.#commands.live.values()]) run.abandon(closed);
    this.#pool?.close(closed);
    this.#root.stop();
    await this.#root.ended;
  }

  /** The supervision tree gave up. Everybody who waits is told why. */
  #collapse(failure: TroupeError): void {
    this.#failure = failure;
    this.#closed = new TroupeError('RuntimeClosed', `the runtime failed: ${failure.message}`, {
      cause: failure,
    });
    this.#options.logger.error({ error: recordOf(failure) }, 'the runtime failed');
    for (const run of [...this.#commands.live.values()]) run.abandon(this.#closed);
    this.#pool?.close(this.#closed);
  }
}

/** Does it at the first call; the later ones get the first one's outcome. */
function once<T>(act: () => Promise<T>): () => Promise<T> {
  let outcome: Promise<T> | undefined;
  return () => {
    outcome ??= act();
    return outcome;
  };
}
