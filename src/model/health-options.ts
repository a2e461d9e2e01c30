import { checkCount, checkNames } from './check.ts';
import { invalidOption } from './errors.ts';
import {
  type HealthCheck,
  type HealthService,
  type ResolvedHealthCheck,
  resolveHealthCheck,
  resolveThreshold,
  type Threshold,
} from './health.ts';
import { MAX_TIMEOUT } from './timeout.ts';

/** How a runtime watches its own health. Infinity switches a threshold off. */
export interface HealthOptions extends HealthService {
  /** Checks of your own, from the start; `runtime.health.add` takes more. @default none */
  readonly checks?: readonly HealthCheck[];
  /** Milliseconds between two looks at what is measured here. @default 1000 */
  readonly period?: number;
  /**
   * Milliseconds by which the event loop is late, the 99th percentile since the last look. Three
   * failures in a row fail liveness: a loop that was blocked once only warns.
   * @default warn from 500, fail from 5000
   */
  readonly eventLoopDelay?: Partial<Threshold>;
  /** The share of the last 10 periods that the event loop was busy, 0 to 1. @default warn from 0.99 */
  readonly eventLoopUtilization?: Partial<Threshold>;
  /** The share of the memory limit that the whole process holds. @default warn 0.85, fail 0.95 */
  readonly memory?: Partial<Threshold>;
  /** Bytes that the process may hold. @default the container's limit, or the machine's memory */
  readonly memoryLimit?: number;
  /** The share of its limit that the heap of the main thread fills. @default warn 0.85, fail 0.95 */
  readonly heap?: Partial<Threshold>;
  /** Milliseconds that the oldest task in the queue has waited. @default warn from 30000 */
  readonly queueAge?: Partial<Threshold>;
  /** Milliseconds since a worker's event loop last turned. @default warn from 30000 */
  readonly workerSilence?: Partial<Threshold>;
  /** Threads that were ended, and live on inside a native call. @default warn from 1 */
  readonly zombies?: Partial<Threshold>;
  /** The share of a supervisor's restart intensity that is spent. @default warn from 0.75 */
  readonly restarts?: Partial<Threshold>;
}

/** What is measured, and judged by a threshold. */
export type Vital =
  | 'eventLoopDelay'
  | 'eventLoopUtilization'
  | 'memory'
  | 'heap'
  | 'queueAge'
  | 'workerSilence'
  | 'zombies'
  | 'restarts';

/** The options with every default in place. */
export interface ResolvedHealthOptions {
  readonly service: HealthService;
  readonly checks: readonly ResolvedHealthCheck[];
  readonly period: number;
  readonly memoryLimit: number | undefined;
  readonly thresholds: Readonly<Record<Vital, Threshold>>;
}

const NEVER = Number.POSITIVE_INFINITY;

const THRESHOLDS: Readonly<Record<Vital, Threshold>> = {
  eventLoopDelay: { warn: 500, fail: 5_000 },
  eventLoopUtilization: { warn: 0.99, fail: NEVER },
  memory: { warn: 0.85, fail: 0.95 },
  heap: { warn: 0.85, fail: 0.95 },
  // Long waits and long tasks are what a batch is made of: only its owner knows what is too long.
  queueAge: { warn: 30_000, fail: NEVER },
  workerSilence: { warn: 30_000, fail: NEVER },
  zombies: { warn: 1, fail: NEVER },
  restarts: { warn: 0.75, fail: NEVER },
};

const SERVICE = ['version', 'releaseId', 'serviceId', 'description'] as const;

const NAMES: readonly (keyof HealthOptions)[] = [
  ...SERVICE,
  ...(Object.keys(THRESHOLDS) as Vital[]),
  'checks',
  'period',
  'memoryLimit',
];

/** @throws TroupeError `InvalidOption` */
export function resolveHealthOptions(options: HealthOptions = {}): ResolvedHealthOptions {
  checkNames(options, NAMES, 'health');
  const { checks = [], period = 1_000, memoryLimit } = options;
  if (!Array.isArray(checks)) throw invalidOption('health.checks', 'an array of checks', checks);
  checkCount('health.period', period, 1, Math.floor(MAX_TIMEOUT / 10));
  if (memoryLimit !== undefined && !(Number.isFinite(memoryLimit) && memoryLimit > 0)) {
    throw invalidOption('health.memoryLimit', 'bytes above 0', memoryLimit);
  }
  const service = serviceOf(options);
  const thresholds = thresholdsOf(options);
  return { service, checks: checks.map(resolveHealthCheck), period, memoryLimit, thresholds };
}

function serviceOf(options: HealthOptions): HealthService {
  const given = SERVICE.filter((field) => options[field] !== undefined);
  for (const field of given) {
    const value: unknown = options[field];
    if (typeof value !== 'string') throw invalidOption(`health.${field}`, 'a text', value);
  }
  return Object.fromEntries(given.map((field) => [field, options[field]]));
}

function thresholdsOf(options: HealthOptions): Readonly<Record<Vital, Threshold>> {
  const resolved = Object.entries(THRESHOLDS).map(([name, defaults]) => {
    const vital = name as Vital;
    return [vital, resolveThreshold(`health.${vital}`, options[vital], defaults)];
  });
  return Object.fromEntries(resolved);
}
