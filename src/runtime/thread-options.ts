import type { CrewSize } from '../../actors/index.ts';
import { type ResolvedValueOptions, resolveValueOptions, type ValueOptions } from '../ipc/index.ts';
import {
  checkCount,
  checkMilliseconds,
  checkNames,
  invalidOption,
  MAX_TIMEOUT,
} from '../model/index.ts';
import type { RecycleOptions, ThreadLimits } from '../pool/index.ts';

/** What the worker threads are like. */
export interface ThreadOptions {
  /**
   * Worker threads: so many, or from `min` to `max` as tasks wait for them.
   * @default as many as the machine runs in parallel
   */
  readonly threads?: number | ThreadRange;
  /**
   * Tasks that a thread may have under way at once: more than 1 is for tasks that mostly wait, such as
   * those that call other services. One that computes holds up its neighbours. @default 1
   */
  readonly concurrency?: number;
  /** Heap limits of each thread, as Node's `Worker` takes them. @default Node's */
  readonly resourceLimits?: ThreadLimits;
  /** When a thread is replaced though nothing is wrong with it. @default never */
  readonly recycle?: RecycleOptions;
  /**
   * Milliseconds after which a thread whose event loop does not turn, though it has work to do, is ended,
   * and the task that it is in fails with `WorkerHung`: for tasks that should never compute for so long.
   * Noticed within half as much again. From 1000.
   * @default no limit
   */
  readonly hangTimeout?: number;
  /** How values travel to the threads and back. @default every field's own */
  readonly values?: ValueOptions;
  /** `process.env` of the threads. @default a copy of the process's own */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Node's options for the threads, such as `--conditions=…`; a thread can have fewer than a process.
   * @default the process's own
   */
  readonly execArgv?: readonly string[];
}

/** A pool that grows when tasks wait, and shrinks when there is nothing to do. */
export interface ThreadRange {
  /** Threads that are always there, from 1. */
  readonly min: number;
  /** Threads that there may be. */
  readonly max: number;
  /** Milliseconds without a task after which a thread goes. @default 10000 */
  readonly idleTimeout?: number;
}

/** The options with their defaults in place. */
export interface ResolvedThreadOptions {
  readonly size: CrewSize;
  readonly concurrency: number;
  readonly resourceLimits: ThreadLimits;
  readonly recycle: RecycleOptions;
  readonly hangTimeout: number | undefined;
  readonly values: ResolvedValueOptions;
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly execArgv: readonly string[] | undefined;
}

/** A thread gives a sign of life four times a second. */
const MIN_HANG_TIMEOUT = 1_000;
const DEFAULT_IDLE_TIMEOUT = 10_000;
/** More threads than this is a mistake, not a machine. */
const MAX_THREADS = 1_024;
/** Each has a slot in shared memory, which a task that is asked to stop may look through. */
const MAX_CONCURRENCY = 1_024;

export const THREAD_OPTIONS = [
  'threads',
  'concurrency',
  'resourceLimits',
  'recycle',
  'hangTimeout',
  'values',
  'env',
  'execArgv',
] as const satisfies (keyof ThreadOptions)[];

/**
 * @param parallelism threads where the options say nothing
 * @throws TroupeError `InvalidOption`
 */
export function resolveThreadOptions(
  options: ThreadOptions,
  parallelism: () => number,
): ResolvedThreadOptions {
  const {
    resourceLimits = {},
    recycle = {},
    concurrency = 1,
    hangTimeout,
    env,
    execArgv,
    threads = parallelism(),
  } = options;
  checkEnv(env);
  if (execArgv !== undefined && !isTexts(execArgv)) {
    throw invalidOption('execArgv', 'an array of texts', execArgv);
  }
  return {
    size: resolveSize('threads', threads),
    concurrency: checkCount('concurrency', concurrency, 1, MAX_CONCURRENCY),
    resourceLimits: resolveLimits(resourceLimits),
    recycle: resolveRecycle(recycle),
    hangTimeout:
      hangTimeout === undefined
        ? undefined
        : checkMilliseconds('hangTimeout', hangTimeout, MIN_HANG_TIMEOUT),
    values: resolveValueOptions(options.values),
    env,
    execArgv,
  };
}

/**
 * @param field the option that says how many
 * @throws TroupeError `InvalidOption`
 */
export function resolveSize(field: string, workers: number | ThreadRange): CrewSize {
  if (typeof workers !== 'object' || workers === null) {
    const count = checkCount(field, workers, 1, MAX_THREADS);
    return { min: count, max: count, idleTimeout: DEFAULT_IDLE_TIMEOUT };
  }
  checkNames(workers, ['min', 'max', 'idleTimeout'], field);
  const { min, max, idleTimeout = DEFAULT_IDLE_TIMEOUT } = workers;
  return {
    min: checkCount(`${field}.min`, min, 1, MAX_THREADS),
    max: checkCount(`${field}.max`, max, min, MAX_THREADS),
    idleTimeout: checkMilliseconds(`${field}.idleTimeout`, idleTimeout, 1),
  };
}

const LIMITS: readonly (keyof ThreadLimits & string)[] = [
  'maxOldGenerationSizeMb',
  'maxYoungGenerationSizeMb',
  'stackSizeMb',
];

function resolveLimits(limits: ThreadLimits): ThreadLimits {
  checkNames(limits, LIMITS, 'resourceLimits');
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
      throw invalidOption(`resourceLimits.${name}`, 'MiB above 0', value);
    }
  }
  for (const [name, least] of LEAST) {
    const value = limits[name];
    if (value !== undefined && value < least) {
      throw invalidOption(`resourceLimits.${name}`, `${least} MiB or more`, value);
    }
  }
  return limits;
}

/**
 * MiB. With less, Node's own start may end the whole process: it overflows a stack of 0.2, and fills a heap of
 * 2; one of 5 is too small for it on Node 24.
 */
const LEAST = [
  ['maxOldGenerationSizeMb', 8],
  ['stackSizeMb', 0.5],
] as const;

const RECYCLE: readonly (keyof RecycleOptions & string)[] = ['tasks', 'age', 'heap', 'external'];

function resolveRecycle(recycle: RecycleOptions): RecycleOptions {
  checkNames(recycle, RECYCLE, 'recycle');
  const { tasks, age, heap, external } = recycle;
  if (age !== undefined) checkCount('recycle.age', age, 1, MAX_TIMEOUT);
  for (const [name, value] of Object.entries({ tasks, heap, external })) {
    if (value !== undefined) checkCount(`recycle.${name}`, value, 1);
  }
  return recycle;
}

function checkEnv(env: unknown): void {
  if (env === undefined) return;
  if (typeof env !== 'object' || env === null || Array.isArray(env)) {
    throw invalidOption('env', 'an object of texts', env);
  }
  for (const [name, value] of Object.entries(env)) {
    // A process would be given another variable, or none.
    if (name === '' || /[=\0]/.test(name)) {
      throw invalidOption('env', 'names that are not empty and have no = and no NUL', name);
    }
    const isText = typeof value === 'string' && !value.includes('\0');
    if (!isText) throw invalidOption(`env.${name}`, 'a text without NUL', value);
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
