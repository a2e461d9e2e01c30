import type { CrewSize } from '../../actors/index.ts';
import {
  checkExecutorName,
  checkFunction,
  checkNames,
  DEFAULT_EXECUTOR,
  invalidOption,
  TroupeError,
} from '../model/index.ts';
import { checkThreadPlace } from '../pool/index.ts';
import type { Balancer } from '../schedule/index.ts';
import type { Executor } from './own-executor.ts';
import {
  type ResolvedThreadOptions,
  resolveSize,
  resolveThreadOptions,
  THREAD_OPTIONS,
  type ThreadOptions,
  type ThreadRange,
} from './thread-options.ts';

const KINDS = ['thread', 'process'] as const;

/** A pool of workers with a name. What it leaves out is as in the runtime's options. */
export interface PoolOptions extends ThreadOptions {
  /** What its workers are: threads, or processes of their own. @default 'thread' */
  readonly kind?: (typeof KINDS)[number];
  /** Which worker gets a task. @default leastLoaded */
  readonly balancing?: Balancer;
}

/** Where tasks can run besides the threads of the runtime. */
export interface ExecutorOptions {
  /** Pools of workers, each an executor of its name. @default none */
  readonly pools?: Readonly<Record<string, PoolOptions>>;
  /** Executors of your own, by their names. @default none */
  readonly executors?: Readonly<Record<string, Executor>>;
  /**
   * Processes of the executor `process`, which are started when it is used first: so many, or from `min`
   * to `max`. @default as many as there are threads
   */
  readonly processes?: number | ThreadRange;
}

export interface ResolvedPoolOptions extends ResolvedThreadOptions {
  readonly kind: (typeof KINDS)[number];
  readonly balancing: Balancer | undefined;
}

export interface ResolvedExecutorOptions {
  readonly pools: ReadonlyMap<string, ResolvedPoolOptions>;
  readonly executors: ReadonlyMap<string, Executor>;
  readonly processes: CrewSize;
}

export const EXECUTOR_OPTIONS = [
  'pools',
  'executors',
  'processes',
] as const satisfies (keyof ExecutorOptions)[];

export const INLINE = 'inline';
export const PROCESS = 'process';

/** Names of the runtime's own; `pool` is what the supervision tree calls the default one. */
const RESERVED: readonly string[] = [DEFAULT_EXECUTOR, INLINE, PROCESS];

/**
 * @param threads those of the runtime
 * @throws TroupeError `InvalidOption`; `DuplicateId` for a pool and an executor of one name
 */
export function resolveExecutorOptions(
  options: ExecutorOptions & ThreadOptions,
  parallelism: () => number,
): ResolvedExecutorOptions {
  const { pools = {}, executors = {}, processes } = options;
  const { size } = resolveThreadOptions(options, parallelism);
  const resolve = (pool: PoolOptions, at: string) => resolvePool(pool, at, options, parallelism);
  const resolved = {
    pools: named('pools', pools, resolve),
    executors: named('executors', executors, checkExecutor),
    processes: processes === undefined ? size : resolveSize('processes', processes),
  };
  for (const name of resolved.executors.keys()) {
    if (!resolved.pools.has(name)) continue;
    const message = `a pool and an executor are both called ${name}`;
    throw new TroupeError('DuplicateId', message, { details: { id: name } });
  }
  return resolved;
}

function named<Given, Resolved>(
  field: string,
  given: Readonly<Record<string, Given>>,
  resolve: (value: Given, at: string) => Resolved,
): ReadonlyMap<string, Resolved> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidOption(field, 'an object', given);
  }
  return new Map(
    Object.entries(given).map(([name, value]) => {
      checkExecutorName(`${field}: a name`, name);
      const at = `${field}.${name}`;
      if (RESERVED.includes(name)) {
        throw invalidOption(at, `called otherwise: ${name} is the runtime's own`, value);
      }
      return [name, resolve(value, at)];
    }),
  );
}

function resolvePool(
  pool: PoolOptions,
  at: string,
  runtime: ThreadOptions,
  parallelism: () => number,
): ResolvedPoolOptions {
  checkNames(pool, ['kind', 'balancing', ...THREAD_OPTIONS], at);
  const { kind = 'thread', balancing, ...own } = pool;
  if (balancing !== undefined) checkFunction(`${at}.balancing`, balancing);
  if (!KINDS.includes(kind)) throw invalidOption(`${at}.kind`, KINDS.join(' or '), kind);
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  const options = { ...runtime, ...Object.fromEntries(given) };
  const threads = within(at, () => {
    const resolved = resolveThreadOptions(options, parallelism);
    if (kind === 'thread') checkThreadPlace(resolved);
    return resolved;
  });
  return { kind, balancing, ...threads };
}

function checkExecutor(executor: Executor, at: string): Executor {
  checkNames(executor, ['run'], at);
  if (typeof executor.run !== 'function') {
    throw invalidOption(`${at}.run`, 'a function (task, input, context) => output', executor.run);
  }
  return executor;
}

/** Says of what the refused option is a part. */
function within<T>(at: string, resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    if (!TroupeError.is(error, 'InvalidOption')) throw error;
    const { details, message } = error;
    const field = `${at}.${String(details.field)}`;
    throw new TroupeError('InvalidOption', `${at}.${message}`, { details: { ...details, field } });
  }
}
