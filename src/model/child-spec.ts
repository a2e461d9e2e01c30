import { checkNames } from './check.ts';
import { type BackOffOptions, resolveBackOff } from './child-back-off.ts';
import { describe, invalidOption } from './errors.ts';
import { type RestartIntensity, resolveRestartIntensity } from './restart-intensity.ts';
import { MAX_TIMEOUT } from './timeout.ts';

/**
 * When a child that ended is started again: `permanent` always, `transient` only after an abnormal
 * end, `temporary` never.
 */
export type Restart = 'permanent' | 'transient' | 'temporary';

/** What takes part in a supervision tree: a leaf, or another supervisor. */
export type ChildType = 'worker' | 'supervisor';

/**
 * Milliseconds that a child may take to stop, counted from the request; `infinity` for no limit, and
 * `brutal_kill` to end it at once.
 */
export type ChildShutdown = number | 'infinity' | 'brutal_kill';

/** What a gate says to whoever asks to start. */
export interface GateAnswer {
  /** Milliseconds after which to ask again; 0 lets through. */
  readonly retryAfter: number;
  /** Must be called once with how it went, when it was let through. */
  readonly settle?:
    | ((outcome: 'success' | 'failure' | 'cancelled', error?: unknown) => void)
    | undefined;
}

/** Holds restarts back while there is no sense in them: an open circuit breaker, for instance. */
export interface RestartGate {
  admit(): GateAnswer;
}

/** How a supervisor starts, restarts and stops one child: OTP's child specification, and more. */
export interface ChildSpec<Start> {
  /** Unique among its siblings. */
  readonly id: string;
  /** What is started, and started again. */
  readonly start: Start;
  /** @default 'permanent' */
  readonly restart: Restart;
  /** @default 5000 for a worker, 'infinity' for a supervisor */
  readonly shutdown: ChildShutdown;
  /** @default 'worker' */
  readonly type: ChildType;
  /** Its normal end may end the supervisor, as that one's `autoShutdown` says. @default false */
  readonly significant: boolean;
  /** The wait before it is started again. @default none */
  readonly backOff: Required<BackOffOptions> | undefined;
  /**
   * Restarts of its own, besides the supervisor's intensity, which they do not touch. A child that
   * has spent them is quarantined: it stays down until `restartChild`. @default none
   */
  readonly budget: RestartIntensity | undefined;
  /**
   * Is asked before each restart. While it holds one back, that waits and spends nothing: neither
   * the budget nor the supervisor's intensity. @default none
   */
  readonly gate: RestartGate | undefined;
}

/** A child specification as it is given: what is left out has its default. */
export interface PartialChildSpec<Start> {
  readonly id: string;
  readonly start: Start;
  readonly restart?: Restart | undefined;
  readonly shutdown?: ChildShutdown | undefined;
  readonly type?: ChildType | undefined;
  readonly significant?: boolean | undefined;
  readonly backOff?: BackOffOptions | undefined;
  readonly budget?: Partial<RestartIntensity> | undefined;
  readonly gate?: RestartGate | undefined;
}

/** The fields of a child specification. */
export const CHILD_FIELDS: readonly (keyof PartialChildSpec<unknown>)[] = [
  'id',
  'start',
  'restart',
  'shutdown',
  'type',
  'significant',
  'backOff',
  'budget',
  'gate',
];

const RESTARTS: readonly unknown[] = ['permanent', 'transient', 'temporary'];
const TYPES: readonly unknown[] = ['worker', 'supervisor'];

/** OTP's default for a worker; a supervisor gets all the time that its own children need. */
const WORKER_SHUTDOWN = 5_000;

/**
 * Fills in OTP's defaults: permanent, worker, 5,000 ms for a worker and no limit for a supervisor.
 * @throws TroupeError `InvalidOption`
 */
export function resolveChildSpec<Start>(partial: PartialChildSpec<Start>): ChildSpec<Start> {
  if (typeof partial !== 'object' || partial === null) {
    throw invalidOption('child', 'a child specification', partial);
  }
  const { id, start, restart = 'permanent', type = 'worker', significant = false } = partial;
  const { shutdown = type === 'worker' ? WORKER_SHUTDOWN : 'infinity' } = partial;
  const { backOff, budget, gate } = partial;
  if (typeof id !== 'string' || id === '')
    throw invalidOption('id', 'a text that is not empty', id);
  const at = (field: string) => `child ${describe(id)}: ${field}`;
  checkNames(partial, CHILD_FIELDS, undefined, at);
  check({ start, restart, type, shutdown, gate }, at);
  checkSignificance(significant, restart, at);
  return {
    id,
    start,
    restart,
    shutdown,
    type,
    significant,
    backOff: backOff === undefined ? undefined : resolveBackOff(at('backOff'), backOff),
    budget: budget === undefined ? undefined : resolveRestartIntensity(budget, at('budget')),
    gate,
  };
}

/** For each field, what is expected of it and whether a value is that. */
const FIELDS = {
  start: ['what to start', (value: unknown) => value !== undefined && value !== null],
  restart: [RESTARTS.join(', '), (value: unknown) => RESTARTS.includes(value)],
  type: [TYPES.join(' or '), (value: unknown) => TYPES.includes(value)],
  shutdown: [`milliseconds from 0 to ${MAX_TIMEOUT}, infinity or brutal_kill`, isShutdown],
  gate: ['what admits or holds back, such as a breaker', isGate],
} as const;

function check(
  values: Readonly<Record<keyof typeof FIELDS, unknown>>,
  at: (field: string) => string,
): void {
  for (const [field, [expected, isFine]] of Object.entries(FIELDS)) {
    const value = values[field as keyof typeof FIELDS];
    if (!isFine(value)) throw invalidOption(at(field), expected, value);
  }
}

function checkSignificance(
  significant: unknown,
  restart: Restart,
  at: (field: string) => string,
): void {
  if (typeof significant !== 'boolean') {
    throw invalidOption(at('significant'), 'true or false', significant);
  }
  if (significant && restart === 'permanent') {
    throw invalidOption(at('significant'), 'false where restart is permanent', significant);
  }
}

function isGate(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof (value as RestartGate | null)?.admit === 'function';
}

function isShutdown(value: unknown): value is ChildShutdown {
  if (value === 'infinity' || value === 'brutal_kill') return true;
  return typeof value === 'number' && value >= 0 && value <= MAX_TIMEOUT;
}
