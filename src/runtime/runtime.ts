import type {
  Breaker,
  Logic,
  ShutdownPhaseName,
  ShutdownReport,
  ShutdownTask,
  SpawnArguments,
  Spawned,
  SupervisorHandle,
  TreeOptions,
} from '../../actors/index.ts';
import type { RuntimeCache } from '../cache/index.ts';
import type { BreakerOptions, HealthCheck, TaskReference } from '../model/index.ts';
import type { Pipeline } from '../pipeline/index.ts';
import type { PolicyFactory } from '../policy/index.ts';
import type { Registry } from '../statechart/index.ts';
import type { Subscriber } from '../telemetry/index.ts';
import type { RunOptions, StartOptions } from './commands.ts';
import type { Execution } from './execution.ts';
import type { Pool } from './pool-handle.ts';
import type { Queries } from './queries.ts';
import type { StreamOptions, TaskStream } from './task-stream.ts';

/** A task's input as an argument: left out where the task takes none. */
type InputArguments<Input, Options = StartOptions> = undefined extends Input
  ? [input?: Input, options?: Options]
  : [input: Input, options?: Options];

/** What a task that is surely no generator does not have: nothing could be read of its stream. */
type Yielding<Piece> = [Piece] extends [never] ? { readonly yields: 'pieces' } : unknown;

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
    ...args: InputArguments<NoInfer<Input>, RunOptions<NoInfer<Input>, NoInfer<Output>>>
  ): Promise<Output>;
  /** Runs a task by its name, `module.task`. */
  run(task: string, input?: unknown, options?: RunOptions<never, never>): Promise<unknown>;
  /** Streams a task by its name, `module.task`. */
  stream(task: string, input?: unknown, options?: StreamOptions): Promise<TaskStream>;
  /**
   * Runs a task that is a generator, and gives what it yields piece by piece, as fast as it is read. To
   * leave the loop cancels the task; its `finally` blocks run. A task whose type says that it is none is
   * refused by the compiler; what turns out to be none yields nothing.
   *
   * @throws TroupeError as `start`; what makes the task fail is thrown to the reader, after the pieces
   *   before
   *
   * @example for await (const line of await runtime.stream(files.lines, { path })) console.log(line);
   */
  stream<Input, Piece, Returned>(
    task: TaskReference<Input, unknown, Piece, Returned> & Yielding<Piece>,
    ...args: InputArguments<NoInfer<Input>, StreamOptions>
  ): Promise<TaskStream<Piece, Returned>>;
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
   * Tells of every event from now on, on the runtime's own time. A subscriber that throws, or
   * gives a promise that rejects, is dropped and reported.
   *
   * @returns the way to leave
   */
  subscribe(subscriber: Subscriber): () => void;
  /**
   * The worker threads, or the pool of this name.
   * @throws TroupeError `InvalidState` where another `dispatcher` performs the tasks;
   *   `ExecutorNotFound` for a name that is no pool's, or of one that nobody has used yet
   */
  pool(name?: string): Pool;
  /**
   * Starts an actor of your own under the supervision tree: a machine, which is compiled, or any
   * other XState logic. In it, `fromTask` runs tasks on this runtime.
   *
   * @returns when it has started
   * @throws TroupeError `InvalidOption`, `AlreadyStarted`, `AlreadyPresent` for the id of one that is
   *   quarantined, which the `stop()` of its handle frees, `RuntimeClosed`, or `StartFailed` when it
   *   fails as it starts; nothing is left of it then
   */
  spawn<L extends Logic>(logic: L, ...options: SpawnArguments<L>): Promise<Spawned<L>>;
  /**
   * Starts a supervisor of your own, with children of any kind, under the supervision tree. It is
   * restarted as its `restart` says when it gives up, within a `budget` of its own (3 restarts in
   * 5000 ms): with one more it is quarantined, and nobody else is any the worse.
   *
   * @returns when all its children have started
   * @throws TroupeError `InvalidOption`, `DuplicateId`, `AlreadyStarted`, also while another of this id
   *   starts, `AlreadyPresent` for the id of one that is quarantined, which the `stop()` of its handle
   *   frees, `RuntimeClosed`, or `StartFailed` when a child does not start; nothing is left of it then
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
   * lives until it is disposed of, or the runtime ends; after that it lets everything through, and
   * counts nothing.
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
   * @param breaker one of this runtime's `breaker()`, which may stand before several tasks, or the
   *   options of a new one, whose id is the task's
   * @throws TroupeError `TaskNotFound`, `DuplicateId` when the task has a breaker, `InvalidOption` for a
   *   breaker of another runtime or one that was disposed of, and as `breaker`
   */
  attachBreaker(
    task: TaskReference<never> | string,
    breaker?: Breaker | BreakerOptions,
  ): Promise<Breaker>;
  readonly query: Queries;
  readonly health: HealthChecks;
  readonly cache: RuntimeCache;
  /**
   * Has something done in a phase of the shutdown: one of the runtime's own, or of its option
   * `shutdownPhases`. All tasks of a phase run side by side; the phase is over when they are through
   * or its time is up, and then their signal aborts. A task that throws is in the report and harms
   * no other. Phases that have not begun take tasks also while the shutdown is under way.
   *
   * A task may ask for the shutdown, but must not wait for it: one that awaits `shutdown()` waits for
   * itself until the time of its phase is up, and is then in the report as one that overran.
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
