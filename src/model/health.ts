import { checkCount, checkFunction, checkNames } from './check.ts';
import { describe, invalidOption, messageOf } from './errors.ts';
import { observedValueOf } from './observed-value.ts';
import { MAX_TIMEOUT } from './timeout.ts';

/**
 * How something does, as draft-inadarei-api-health-check-06 has it: `pass`, `warn` when it works
 * but somebody should look, `fail` when it does not work.
 */
export type HealthStatus = 'pass' | 'warn' | 'fail';

/** From good to bad. */
export const HEALTH_STATUSES: readonly HealthStatus[] = ['pass', 'warn', 'fail'];

/**
 * What a check is asked for: `liveness`, whether this very process must be replaced; `readiness`,
 * whether work should be sent to it; `startup`, whether it has come up, once and for all.
 */
export type HealthKind = 'liveness' | 'readiness' | 'startup';

export const HEALTH_KINDS: readonly HealthKind[] = ['liveness', 'readiness', 'startup'];

/** The worse of two. */
export function worseOf(one: HealthStatus, other: HealthStatus): HealthStatus {
  return HEALTH_STATUSES.indexOf(one) < HEALTH_STATUSES.indexOf(other) ? other : one;
}

/** The worst of all; nothing passes. */
export function worstOf(statuses: Iterable<HealthStatus>): HealthStatus {
  let worst: HealthStatus = 'pass';
  for (const status of statuses) worst = worseOf(worst, status);
  return worst;
}

/** From where on a value is a `warn`, and a `fail`. Infinity: never. */
export interface Threshold {
  readonly warn: number;
  /** As large as `warn`, or larger. */
  readonly fail: number;
}

/** What a value is worth: a threshold that is reached counts. */
export function judge(value: number, { warn, fail }: Threshold): HealthStatus {
  if (value >= fail) return 'fail';
  return value >= warn ? 'warn' : 'pass';
}

/**
 * Fills in what a threshold leaves out.
 * @throws TroupeError `InvalidOption`
 */
export function resolveThreshold(
  field: string,
  partial: Partial<Threshold> | undefined,
  defaults: Threshold,
): Threshold {
  if (partial === undefined) return defaults;
  if (typeof partial !== 'object' || partial === null) {
    throw invalidOption(field, 'an object with warn and fail', partial);
  }
  const { warn = Math.min(defaults.warn, partial.fail ?? defaults.warn) } = partial;
  const { fail = Math.max(warn, defaults.fail) } = partial;
  checkNames(partial, ['warn', 'fail'], field);
  for (const [name, value] of Object.entries({ warn, fail })) {
    if (typeof value !== 'number' || !(value >= 0)) {
      throw invalidOption(`${field}.${name}`, 'a number of 0 or more', value);
    }
  }
  if (fail < warn) throw invalidOption(`${field}.fail`, `${warn} or more, as warn is`, fail);
  return { warn, fail };
}

/** One thing that a check found. */
export interface HealthReading {
  /** @default 'pass' */
  readonly status?: HealthStatus;
  /** Any value that JSON can carry; of others their text, such as the digits of a BigInt. */
  readonly observedValue?: unknown;
  /** The unit of the value, such as `ms` or `percent`. */
  readonly observedUnit?: string;
  /** Which instance of the component, where there are several. */
  readonly componentId?: string;
  /** What a person should know of it; shown unless it passes. */
  readonly output?: string;
}

/**
 * What a check gives: nothing, which passes, or what it found. Nothing is `void`, so that a check may
 * be one line that calls what returns nothing, as in `check: () => connection.ping()`.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: undefined would refuse a call that returns void
export type HealthOutcome = void | HealthReading | readonly HealthReading[];

/** A check of something that the health of a runtime depends on. */
export interface HealthCheck {
  /**
   * Unique within the runtime: a component, or `component:measurement`, such as `database` and
   * `database:responseTime`.
   */
  readonly name: string;
  /** A `liveness` check must depend on nothing outside of the process: a restart would not mend it. */
  readonly kind: HealthKind;
  /** `component`, `datastore`, `system`, or a term of your own. @default 'component' */
  readonly componentType?: string;
  /** Milliseconds from the end of one run to the start of the next. @default 10000 */
  readonly period?: number;
  /** Milliseconds for one run, from its start; one that takes longer fails. @default 5000 */
  readonly timeout?: number;
  /**
   * Milliseconds after which a result is too old to be trusted, and a `pass` is a `warn`.
   * @default twice the period and the timeout
   */
  readonly maxAge?: number;
  /**
   * Runs that must fail in a row before a check that did not fail does; until then it warns. A readiness
   * or startup check fails from the beginning until it has not, once. @default 1
   */
  readonly failureThreshold?: number;
  /** Runs in a row without a failure that end one. @default 1 */
  readonly successThreshold?: number;
  /**
   * Looks. To throw is to fail, with the error's message as output. It is not called again while it
   * still runs; `signal` aborts at the timeout, and when the check is removed.
   */
  check(context: { readonly signal: AbortSignal }): HealthOutcome | Promise<HealthOutcome>;
}

/** A check with every default in place. */
export type ResolvedHealthCheck = Required<HealthCheck>;

const NAME = /^[^:]+(?::[^:]+)?$/;

const FIELDS: readonly string[] = [
  'name',
  'kind',
  'componentType',
  'period',
  'timeout',
  'maxAge',
  'failureThreshold',
  'successThreshold',
  'check',
] satisfies (keyof HealthCheck)[];

/**
 * Fills in the defaults.
 * @throws TroupeError `InvalidOption`
 */
export function resolveHealthCheck(partial: HealthCheck): ResolvedHealthCheck {
  checkShape(partial);
  const { name, kind, componentType = 'component', period = 10_000, timeout = 5_000 } = partial;
  const { failureThreshold = 1, successThreshold = 1, maxAge = 2 * period + timeout } = partial;
  const at = fieldsOf(name);
  if (typeof componentType !== 'string' || componentType === '') {
    throw invalidOption(at('componentType'), 'a text that is not empty', componentType);
  }
  checkCount(at('period'), period, 1, MAX_TIMEOUT);
  checkCount(at('timeout'), timeout, 1, MAX_TIMEOUT);
  checkCount(at('failureThreshold'), failureThreshold, 1);
  checkCount(at('successThreshold'), successThreshold, 1);
  if (typeof maxAge !== 'number' || !(maxAge > 0)) {
    throw invalidOption(at('maxAge'), 'milliseconds above 0, or Infinity', maxAge);
  }
  const thresholds = { failureThreshold, successThreshold };
  const check: HealthCheck['check'] = (context) => partial.check(context);
  return { name, kind, componentType, period, timeout, maxAge, ...thresholds, check };
}

const fieldsOf = (name: string) => (field: string) => `health check ${describe(name)}: ${field}`;

/** Its name, and what has no default. */
function checkShape(partial: HealthCheck): void {
  if (typeof partial !== 'object' || partial === null) {
    throw invalidOption('check', 'an object with name, kind and check', partial);
  }
  const { name, kind, check } = partial;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw invalidOption('name', 'a component, or component:measurement', name);
  }
  const at = fieldsOf(name);
  if (!HEALTH_KINDS.includes(kind)) throw invalidOption(at('kind'), HEALTH_KINDS.join(', '), kind);
  checkFunction(at('check'), check);
  // What is of a class may have fields of its own.
  if (isPlain(partial)) checkFields(at, partial);
}

function checkFields(at: (field: string) => string, partial: HealthCheck): void {
  const stray = Object.keys(partial).find((field) => !FIELDS.includes(field));
  if (stray === undefined) return;
  const given = partial[stray as keyof HealthCheck];
  throw invalidOption(at(stray), `left out: the options are ${FIELDS.join(', ')}`, given);
}

/** Also where it was made in another realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What a check gave, as readings; a value that is none is a failure of the check itself. */
export function readingsOf(outcome: unknown): readonly HealthReading[] {
  if (outcome === undefined) return [{ status: 'pass' }];
  if (!Array.isArray(outcome)) return [readingOf(outcome)];
  return outcome.length === 0 ? [{ status: 'pass' }] : outcome.map(readingOf);
}

function readingOf(value: unknown): HealthReading {
  if (typeof value !== 'object' || value === null) {
    return failedReading(
      `the check gave ${describe(value)}, which is neither nothing nor a reading`,
    );
  }
  const {
    status = 'pass',
    observedValue,
    observedUnit,
    componentId,
    output,
  } = value as HealthReading;
  if (!HEALTH_STATUSES.includes(status)) {
    const expected = HEALTH_STATUSES.join(', ');
    return failedReading(`the check gave the status ${describe(status)}, not one of ${expected}`);
  }
  return {
    status,
    ...(observedValue !== undefined && { observedValue: observedValueOf(observedValue) }),
    ...(observedUnit !== undefined && { observedUnit: String(observedUnit) }),
    ...(componentId !== undefined && { componentId: String(componentId) }),
    ...(output !== undefined && { output: String(output) }),
  };
}

/** The reading of a check that could not find out. */
export function failedReading(output: string): HealthReading {
  return { status: 'fail', output };
}

/** The reading of a check that threw. */
export function thrownReading(error: unknown): HealthReading {
  const text = messageOf(error);
  // What an object says of itself when it says nothing.
  return failedReading(text.startsWith('[object ') ? `the check threw ${describe(error)}` : text);
}

/** Where a check stands, counted over its runs. */
export interface HealthStanding {
  readonly status: HealthStatus;
  /** Runs that failed in a row, up to the last. */
  readonly failures: number;
  /** Runs without a failure in a row, up to the last. */
  readonly successes: number;
}

type Thresholds = Pick<ResolvedHealthCheck, 'failureThreshold' | 'successThreshold'>;

/** Before the first run, as Kubernetes has it: alive until found dead, not ready until found so. */
export function initialStanding(kind: HealthKind): HealthStanding {
  return { status: kind === 'liveness' ? 'pass' : 'fail', failures: 0, successes: 0 };
}

/**
 * The standing after one more run. A failure counts once it was seen `failureThreshold` times in a
 * row, and is a `warn` until then; it ends after `successThreshold` runs in a row without one.
 */
export function nextStanding(
  { status, failures, successes }: HealthStanding,
  found: HealthStatus,
  { failureThreshold, successThreshold }: Thresholds,
): HealthStanding {
  if (found === 'fail') {
    const confirmed = status === 'fail' || failures + 1 >= failureThreshold;
    return { status: confirmed ? 'fail' : 'warn', failures: failures + 1, successes: 0 };
  }
  const held = status === 'fail' && successes + 1 < successThreshold;
  return { status: held ? 'fail' : found, failures: 0, successes: successes + 1 };
}

/** One entry of `checks` in a response. */
export interface HealthEntry {
  readonly componentId?: string;
  readonly componentType: string;
  readonly observedValue?: unknown;
  readonly observedUnit?: string;
  readonly status: HealthStatus;
  /** When it was found out, as RFC 3339 writes it; left out before the first run. */
  readonly time?: string;
  /** Why it does not pass. */
  readonly output?: string;
}

/** What may be said of the service whose health it is. */
export interface HealthService {
  /** The public version of the service. */
  readonly version?: string;
  /** The release, where the version does not tell. */
  readonly releaseId?: string;
  readonly serviceId?: string;
  readonly description?: string;
}

/**
 * A response in the format of draft-inadarei-api-health-check-06, whose media type is
 * `application/health+json`.
 */
export interface HealthResponse extends HealthService {
  readonly status: HealthStatus;
  /** By `component:measurement`. */
  readonly checks: Readonly<Record<string, readonly HealthEntry[]>>;
}

/** The state of a runtime's health as a whole. */
export type HealthState = 'starting' | 'healthy' | 'degraded' | 'unhealthy';
