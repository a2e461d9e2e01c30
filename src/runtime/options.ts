import { availableParallelism } from 'node:os';
import { MemoryJournal } from '../journal/index.ts';
import {
  checkCount,
  checkFunction,
  checkNames,
  type HealthOptions,
  invalidOption,
  MAX_TIMEOUT,
  type ResolvedHealthOptions,
  type RestartIntensity,
  resolveHealthOptions,
  resolveRestartIntensity,
  resolveShutdownPhases,
  type ShutdownPhases,
  type ShutdownPlan,
  sourceOf,
  type TaskModule,
  type TaskModuleSource,
  TroupeError,
} from '../model/index.ts';
import { isPipeline, type Pipeline } from '../pipeline/index.ts';
import { checkThreadPlace } from '../pool/index.ts';
import type { Clock, Dispatcher, Journal, Logger, Random, Vitals } from '../ports/index.ts';
import type { Balancer } from '../schedule/index.ts';
import { createLogger, LOG_LEVELS, type LogLevel } from '../telemetry/index.ts';
import { type AdmissionOptions, type ResolvedAdmission, resolveAdmission } from './admission.ts';
import {
  EXECUTOR_OPTIONS,
  type ExecutorOptions,
  type ResolvedExecutorOptions,
  resolveExecutorOptions,
} from './executor-options.ts';
import {
  type ResolvedSchedule,
  resolveScheduleOptions,
  type ScheduleOptions,
} from './schedule-options.ts';
import type { SignalOptions } from './signals.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';
import { SystemVitals } from './system-vitals.ts';
import {
  type ResolvedThreadOptions,
  resolveThreadOptions,
  THREAD_OPTIONS,
  type ThreadOptions,
} from './thread-options.ts';

/** What `createRuntime` takes. Nothing here is global: two runtimes share nothing. */
export interface RuntimeOptions extends ThreadOptions, ExecutorOptions {
  /** The task modules that every worker thread loads. @default none */
  readonly tasks?: readonly AnyTaskModule[];
  /** Pipelines that can be started by their id, as shells do. @default none */
  readonly pipelines?: readonly AnyPipeline[];
  /** Where events of executions are kept. @default in memory, the last 1,000 ended executions */
  readonly journal?: Journal;
  /** Executions under way at once; `admission` says what becomes of one more. @default 100000 */
  readonly maxExecutions?: number;
  /** What becomes of executions beyond `maxExecutions`. @default they are `Overloaded` */
  readonly admission?: AdmissionOptions;
  /**
   * Which worker gets a task, of those that have room for it: `leastLoaded`, `leastBusy`, `leastElu`,
   * `roundRobin()`, `weighted()`, `stickyByKey()`, or a function of your own. @default leastLoaded
   */
  readonly balancing?: Balancer;
  /** Which task goes first, and what holds whom back. @default every option's own */
  readonly schedule?: ScheduleOptions;
  /** Results of tasks that are kept for a `cache`; the least recently used go. @default 10000 */
  readonly cacheEntries?: number;
  /** Bytes that these results take, about; one that is larger is not kept. @default 256 MiB */
  readonly cacheBytes?: number;
  /**
   * Milliseconds that a task is given to stop, from when it was asked to, before its thread is
   * ended. @default 1000
   */
  readonly grace?: number;
  /** Milliseconds that a thread is given to load its tasks, from its start. @default 30000 */
  readonly handshakeTimeout?: number;
  /**
   * How often worker threads may die before the runtime gives up. Each death names its task, and a
   * task that must be killed counts, too. @default 100 within 10 s
   */
  readonly restartIntensity?: Partial<RestartIntensity>;
  /** Milliseconds for the whole of a shutdown, from its request. @default 10000 */
  readonly shutdownTimeout?: number;
  /**
   * Phases of your own in the shutdown, and changes to the runtime's: `not_ready`, `draining`,
   * `aborting`, `terminating`, `closing`, in this order. What is done in a phase is added by
   * `runtime.onShutdown`.
   *
   * @default the runtime's own phases
   *
   * @example
   * // Between the end of the work and the end of the supervision tree:
   * { flush: { dependsOn: ['aborting'], timeout: 2_000 }, terminating: { dependsOn: ['flush'] } }
   */
  readonly shutdownPhases?: ShutdownPhases;
  /**
   * Makes SIGTERM and SIGINT shut the runtime down, from its start to the end of its shutdown, and
   * a second one end the process at once. @default false: signals are left alone
   */
  readonly signals?: boolean | SignalOptions;
  /** How it watches its own health. @default every threshold's own */
  readonly health?: HealthOptions;
  /** @default 'silent' */
  readonly logLevel?: LogLevel;
  /** A pino logger, or anything of its shape, in place of the default. */
  readonly logger?: Logger;
  /** Performs the tasks in place of worker threads, as the test kit's simulated pool does. */
  readonly dispatcher?: Dispatcher;
  /** @default real time */
  readonly clock?: Clock;
  /** @default real chance */
  readonly random?: Random;
  /** How the process does. @default as Node measures it; where `clock` is given, nothing */
  readonly vitals?: Vitals;
}

/** A task module of any exports. */
export type AnyTaskModule = TaskModule<object>;
/** A pipeline of any types. */
export type AnyPipeline = Pipeline<never, unknown>;

/** The options with every default in place. */
export interface ResolvedOptions extends ResolvedThreadOptions, ResolvedExecutorOptions {
  readonly modules: readonly TaskModuleSource[];
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly journal: Journal;
  readonly maxExecutions: number;
  readonly admission: ResolvedAdmission;
  readonly schedule: ResolvedSchedule;
  readonly balancing: Balancer | undefined;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  readonly grace: number;
  readonly handshakeTimeout: number;
  readonly restartIntensity: RestartIntensity;
  readonly shutdownTimeout: number;
  readonly shutdownPlan: ShutdownPlan;
  readonly signals: SignalOptions | undefined;
  readonly logger: Logger;
  /** False when nothing would ever be logged: then nobody need listen for it. */
  readonly logs: boolean;
  readonly dispatcher: Dispatcher | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly health: ResolvedHealthOptions;
  readonly vitals: Vitals | undefined;
}

/** The cache takes its memory for the bookkeeping in advance. */
const MAX_CACHE_ENTRIES = 10_000_000;

const POOL_INTENSITY: RestartIntensity = { intensity: 100, period: 10_000 };

const DEFAULTS = {
  tasks: [],
  pipelines: [],
  maxExecutions: 100_000,
  cacheEntries: 10_000,
  cacheBytes: 256 * 2 ** 20,
  grace: 1_000,
  handshakeTimeout: 30_000,
  shutdownTimeout: 10_000,
  signals: false,
  logLevel: 'silent',
} satisfies RuntimeOptions;

/** @throws TroupeError `InvalidOption`, `DuplicateId` */
export function resolveRuntimeOptions(options: RuntimeOptions = {}): ResolvedOptions {
  checkNames(options, NAMES);
  checkShapes(options);
  const given = { ...DEFAULTS, ...withoutUndefined(options) };
  const { logLevel } = given;
  if (!LOG_LEVELS.includes(logLevel)) {
    throw invalidOption('logLevel', LOG_LEVELS.join(', '), logLevel);
  }
  const threads = resolveThreadOptions(given, availableParallelism);
  // Where others perform the tasks, these are for processes alone.
  if (given.dispatcher === undefined) checkThreadPlace(threads);
  return {
    modules: resolveModules(given.tasks),
    pipelines: resolvePipelines(given.pipelines),
    ...threads,
    ...resolveExecutorOptions(given, availableParallelism),
    maxExecutions: checkCount('maxExecutions', given.maxExecutions, 1),
    admission: resolveAdmission(given.admission),
    schedule: resolveScheduleOptions(given.schedule),
    balancing: resolveBalancing(given.balancing),
    cacheEntries: checkCount('cacheEntries', given.cacheEntries, 1, MAX_CACHE_ENTRIES),
    cacheBytes: checkCount('cacheBytes', given.cacheBytes, 1),
    grace: checkCount('grace', given.grace, 0, MAX_TIMEOUT),
    handshakeTimeout: checkCount('handshakeTimeout', given.handshakeTimeout, 1, MAX_TIMEOUT),
    restartIntensity: resolveRestartIntensity(
      given.restartIntensity,
      'restartIntensity',
      POOL_INTENSITY,
    ),
    shutdownTimeout: checkCount('shutdownTimeout', given.shutdownTimeout, 0, MAX_TIMEOUT),
    shutdownPlan: resolveShutdownPhases(given.shutdownPhases),
    signals: resolveSignals(given.signals),
    journal: given.journal ?? new MemoryJournal(),
    logger: given.logger ?? createLogger(logLevel),
    logs: given.logger !== undefined || logLevel !== 'silent',
    dispatcher: given.dispatcher,
    clock: given.clock ?? systemClock,
    random: given.random ?? systemRandom(),
    health: resolveHealthOptions(given.health),
    vitals: vitalsOf(given),
  };
}

function resolveBalancing(balancing: Balancer | undefined): Balancer | undefined {
  if (balancing !== undefined) checkFunction('balancing', balancing);
  return balancing;
}

/** What is measured in real time means nothing on another clock. */
function vitalsOf({ vitals, clock }: RuntimeOptions): Vitals | undefined {
  return vitals ?? (clock === undefined ? new SystemVitals() : undefined);
}

/** What an option that is no plain value must be able to do. */
const SHAPES: Partial<Record<keyof RuntimeOptions, readonly string[]>> = {
  journal: ['append', 'read', 'get', 'list', 'close'],
  logger: ['debug', 'info', 'warn', 'error', 'child'],
  dispatcher: ['dispatch', 'cancel'],
  clock: ['now', 'wallTime', 'setTimeout', 'clearTimeout'],
  random: ['next', 'id'],
  vitals: ['start', 'stop', 'eventLoopDelay', 'eventLoopUtilization', 'memory', 'heap'],
  health: [],
  restartIntensity: [],
};

const PLAIN: readonly (keyof RuntimeOptions)[] = [
  'tasks',
  'pipelines',
  ...THREAD_OPTIONS,
  ...EXECUTOR_OPTIONS,
  'maxExecutions',
  'admission',
  'schedule',
  'balancing',
  'cacheEntries',
  'cacheBytes',
  'grace',
  'handshakeTimeout',
  'shutdownTimeout',
  'shutdownPhases',
  'signals',
  'logLevel',
];

const NAMES: readonly string[] = [...PLAIN, ...Object.keys(SHAPES)];

function checkShapes(options: RuntimeOptions): void {
  for (const [name, methods] of Object.entries(SHAPES)) {
    const value: unknown = options[name as keyof RuntimeOptions];
    if (value !== undefined) checkShape(name, value, methods);
  }
}

function checkShape(name: string, value: unknown, methods: readonly string[]): void {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const missing = methods.find(
    (method) => !isObject || typeof (value as Record<string, unknown>)[method] !== 'function',
  );
  if (isObject && missing === undefined) return;
  const expected = methods.length === 0 ? 'an object' : `an object with ${methods.join(', ')}`;
  throw invalidOption(name, expected, value);
}

/** An option that is given as undefined is not given. */
function withoutUndefined(options: RuntimeOptions): RuntimeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function resolveSignals(signals: boolean | SignalOptions): SignalOptions | undefined {
  if (typeof signals === 'boolean') return signals ? {} : undefined;
  if (typeof signals !== 'object' || signals === null) {
    throw invalidOption('signals', 'true, false or an object', signals);
  }
  checkNames(signals, ['exit'], 'signals');
  const { exit = false } = signals;
  if (typeof exit !== 'boolean') throw invalidOption('signals.exit', 'true or false', exit);
  return { exit };
}

/** @throws TroupeError `InvalidOption` unless undefined or milliseconds from 1 to about 24 days */
export function checkTimeout(field: string, value: number | undefined): number {
  return value === undefined ? 0 : checkCount(field, value, 1, MAX_TIMEOUT);
}

function resolveModules(tasks: readonly AnyTaskModule[]): TaskModuleSource[] {
  if (!Array.isArray(tasks)) throw invalidOption('tasks', 'an array of task modules', tasks);
  const byName = new Map<string, TaskModuleSource>();
  tasks.forEach((module, index) => {
    const source = sourceOf(module);
    if (source === undefined) {
      throw invalidOption(`tasks[${index}]`, 'a task module made by taskModule()', module);
    }
    if (byName.get(source.name) !== undefined) throw duplicate('task modules', source.name);
    byName.set(source.name, source);
  });
  return [...byName.values()];
}

function resolvePipelines(pipelines: readonly AnyPipeline[]): Map<string, Pipeline> {
  if (!Array.isArray(pipelines))
    throw invalidOption('pipelines', 'an array of pipelines', pipelines);
  const byId = new Map<string, Pipeline>();
  for (const pipeline of pipelines) {
    if (!isPipeline(pipeline)) {
      throw invalidOption('pipelines', 'pipelines made by definePipeline()', pipeline);
    }
    if (byId.has(pipeline.id)) throw duplicate('pipelines', pipeline.id);
    byId.set(pipeline.id, pipeline);
  }
  return byId;
}

function duplicate(what: string, id: string): TroupeError {
  return new TroupeError('DuplicateId', `two ${what} are called ${id}`, { details: { id } });
}
