import { checkNames } from './check.ts';
import { describe, invalidOption, TroupeError } from './errors.ts';
import { findCycle, topologicalOrder } from './order.ts';
import { MAX_TIMEOUT } from './timeout.ts';

/** One phase of a shutdown, as an embedder defines it, or changes one of the runtime's own. */
export interface ShutdownPhaseOptions {
  /**
   * The phases that must be over before this one begins. What is given for one of the runtime's own
   * phases is added to what it depends on anyway. @default none: it begins with the shutdown
   */
  readonly dependsOn?: readonly string[];
  /**
   * Milliseconds from the phase's begin after which it is over, done or not; also what it is
   * reckoned to need when the deadline is shared out. @default no limit but its share of the
   * deadline; it is reckoned to need 1,000
   */
  readonly timeout?: number;
  /**
   * Whether the shutdown goes on as if nothing had happened when a task of this phase fails or
   * overruns. With false, the embedder's phases that come after it are skipped; the runtime's own
   * never are, for what they end must end. @default true
   */
  readonly recover?: boolean;
}

/** Phases by name; those that are named after the runtime's own change them. */
export type ShutdownPhases = Readonly<Record<string, ShutdownPhaseOptions>>;

/** The runtime's own phases, in their order. */
export type OwnShutdownPhase = 'not_ready' | 'draining' | 'aborting' | 'terminating' | 'closing';

/** A phase with every default in place. */
export interface ShutdownPhase {
  readonly name: string;
  readonly dependsOn: readonly string[];
  /** Milliseconds; Infinity for none of its own. */
  readonly timeout: number;
  readonly recover: boolean;
  /** The part of what is left of the deadline, when it begins, that is its. */
  readonly share: number;
  /** The phases whose failure makes this one be skipped. */
  readonly essentials: readonly string[];
}

/** The phases, each after those that it depends on. */
export type ShutdownPlan = readonly ShutdownPhase[];

interface OwnPhase {
  readonly dependsOn: readonly string[];
  /** Milliseconds that it is reckoned to need. */
  readonly need: number;
}

/** Only the proportions matter: work may take its time to finish, ending it may not. */
const OWN: Readonly<Record<OwnShutdownPhase, OwnPhase>> = {
  not_ready: { dependsOn: [], need: 1_000 },
  draining: { dependsOn: ['not_ready'], need: 6_000 },
  aborting: { dependsOn: ['draining'], need: 2_000 },
  terminating: { dependsOn: ['aborting'], need: 1_400 },
  closing: { dependsOn: ['terminating'], need: 600 },
};

const DEFAULT_NEED = 1_000;

/** What a phase may be called: it becomes the name of a state. */
const NAME = /^[A-Za-z][\w-]*$/;

interface FieldCheck {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

const FIELDS: Readonly<Record<keyof ShutdownPhaseOptions, FieldCheck>> = {
  dependsOn: { expected: 'an array of names of phases', fits: Array.isArray },
  timeout: { expected: `milliseconds from 1 to ${MAX_TIMEOUT}`, fits: isTimeout },
  recover: { expected: 'true or false', fits: (value) => typeof value === 'boolean' },
};

/**
 * Puts an embedder's phases among the runtime's own, in the manner of Akka's CoordinatedShutdown:
 * a phase begins when all that it depends on are over, and phases that do not depend on one another
 * run side by side.
 *
 * @throws TroupeError `InvalidOption`, `CyclicDependency`
 */
export function resolveShutdownPhases(given: ShutdownPhases = {}): ShutdownPlan {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidOption('shutdownPhases', 'an object of phases by name', given);
  }
  const dependencies = new Map<string, readonly string[]>();
  for (const [name, { dependsOn }] of Object.entries(OWN)) dependencies.set(name, dependsOn);
  for (const [name, options] of Object.entries(given)) {
    checkPhase(name, options);
    const own = dependencies.get(name) ?? [];
    dependencies.set(name, [...new Set([...own, ...(options.dependsOn ?? [])])]);
  }
  checkDependencies(dependencies, given);
  return planOf(dependencies, given);
}

/**
 * The time of a phase that begins now: of what is left, the part that it is reckoned to need on the
 * longest way from its begin to the end, but not more than its own timeout. So the deadline is never
 * exceeded, a phase that is quick leaves its time to all that come after it, and each gets at least
 * what it would if all the others took all of theirs.
 *
 * @param left milliseconds to the deadline
 */
export function allowanceOf({ timeout, share }: ShutdownPhase, left: number): number {
  return Math.min(timeout, Math.max(0, left) * share);
}

function checkPhase(name: string, options: ShutdownPhaseOptions): void {
  const at = `shutdownPhases.${name}`;
  if (!NAME.test(name)) {
    throw invalidOption(at, 'called by a letter and then letters, digits, _ or -', name);
  }
  checkNames(options, Object.keys(FIELDS), at);
  for (const [field, { expected, fits }] of Object.entries(FIELDS)) {
    const value = options[field as keyof ShutdownPhaseOptions];
    if (value !== undefined && !fits(value)) throw invalidOption(`${at}.${field}`, expected, value);
  }
}

function isTimeout(value: unknown): boolean {
  return typeof value === 'number' && value >= 1 && value <= MAX_TIMEOUT;
}

function checkDependencies(
  dependencies: ReadonlyMap<string, readonly string[]>,
  given: ShutdownPhases,
): void {
  const known = [...dependencies.keys()].join(', ');
  for (const [name, { dependsOn = [] }] of Object.entries(given)) {
    for (const other of dependsOn) {
      if (dependencies.has(other)) continue;
      throw invalidOption(`shutdownPhases.${name}.dependsOn`, `names of phases: ${known}`, other);
    }
  }
  const cycle = findCycle(needsOf(dependencies));
  if (cycle === undefined) return;
  const circle = cycle.map(describe).join(' → ');
  const message = `shutdownPhases must not depend on one another in a circle: ${circle}`;
  throw new TroupeError('CyclicDependency', message, {
    details: { field: 'shutdownPhases', cycle },
  });
}

function needsOf(dependencies: ReadonlyMap<string, readonly string[]>) {
  return Object.fromEntries([...dependencies].map(([name, needs]) => [name, { needs }]));
}

function planOf(
  dependencies: ReadonlyMap<string, readonly string[]>,
  given: ShutdownPhases,
): ShutdownPlan {
  const order = topologicalOrder(needsOf(dependencies));
  const need = (name: string): number =>
    given[name]?.timeout ?? (isOwnPhase(name) ? OWN[name].need : DEFAULT_NEED);
  const toEnd = waysToEnd(order, dependencies, need);
  const essentials = new Map<string, readonly string[]>();
  return order.map((name) => {
    const { timeout = Number.POSITIVE_INFINITY, recover = true } = given[name] ?? {};
    const dependsOn = dependencies.get(name) as readonly string[];
    const before = dependsOn.flatMap((other) => essentials.get(other) as readonly string[]);
    essentials.set(name, recover ? [...new Set(before)] : [...new Set([...before, name])]);
    return {
      name,
      dependsOn,
      timeout,
      recover,
      share: need(name) / (toEnd.get(name) as number),
      essentials: isOwnPhase(name) ? [] : [...new Set(before)],
    };
  });
}

/** For each phase, the milliseconds of the longest way from its begin to the end. */
function waysToEnd(
  order: readonly string[],
  dependencies: ReadonlyMap<string, readonly string[]>,
  need: (name: string) => number,
): ReadonlyMap<string, number> {
  const after = new Map<string, number>();
  const toEnd = new Map<string, number>();
  for (const name of order.toReversed()) {
    const way = need(name) + (after.get(name) ?? 0);
    toEnd.set(name, way);
    for (const other of dependencies.get(name) as readonly string[]) {
      after.set(other, Math.max(after.get(other) ?? 0, way));
    }
  }
  return toEnd;
}

/** Tells the runtime's own phases from an embedder's. */
export function isOwnPhase(name: string): name is OwnShutdownPhase {
  return Object.hasOwn(OWN, name);
}
