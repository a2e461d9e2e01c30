import {
  checkCount,
  checkFunction,
  checkMilliseconds,
  checkNames,
  invalidOption,
  isThenable,
  onRejection,
} from '../model/index.ts';
import { Gcra } from './gcra.ts';

/** How often items may be given out: evenly, after a burst (see `Gcra`). */
export interface DispatchRate {
  /** Items in each interval. */
  readonly limit: number;
  /** Milliseconds. @default 1000 */
  readonly interval?: number;
  /** Items that may go at once after a pause. @default limit */
  readonly burst?: number;
}

/** What holds for the items of one `concurrencyKey`, together. */
export interface KeyPolicy {
  /**
   * Its share of a priority, set against the weights of the other keys that have items waiting
   * there; above 0. Items without a key share one weight of 1. @default 1
   */
  readonly weight?: number;
  /** Items that may be given out and not released. @default unlimited */
  readonly concurrency?: number;
  /** @default unlimited */
  readonly rate?: DispatchRate;
}

export interface DispatchQueueOptions {
  /**
   * Milliseconds of waiting that count as one step of priority; 0 is none. With 1000, an item of
   * priority 0 goes before one of priority 10 that came more than ten seconds after it.
   * @default 1000
   */
  readonly aging?: number;
  /**
   * What holds for a key. Asked when its first item comes, and again only after the key was
   * forgotten: nothing of it waits, is given out, or weighs on its rate. @default nothing does
   */
  readonly keyPolicy?: (key: string) => KeyPolicy | undefined;
  /** How often items of a task may be given out. Asked once for each task. @default unlimited */
  readonly taskRate?: (taskId: string) => DispatchRate | undefined;
}

/** @see DispatchQueueOptions.aging */
export const DEFAULT_AGING = 1_000;

export interface ResolvedDispatchQueueOptions {
  readonly aging: number;
  readonly keyPolicy: ((key: string) => KeyPolicy | undefined) | undefined;
  readonly taskRate: ((taskId: string) => DispatchRate | undefined) | undefined;
}

/** @throws TroupeError `InvalidOption` */
export function resolveDispatchQueueOptions(
  options: DispatchQueueOptions = {},
): ResolvedDispatchQueueOptions {
  checkNames(options, ['aging', 'keyPolicy', 'taskRate']);
  const { aging = DEFAULT_AGING, keyPolicy, taskRate } = options;
  checkMilliseconds('aging', aging);
  if (keyPolicy !== undefined) checkFunction('keyPolicy', keyPolicy);
  if (taskRate !== undefined) checkFunction('taskRate', taskRate);
  return { aging, keyPolicy, taskRate };
}

export interface ResolvedKeyPolicy {
  readonly weight: number;
  readonly concurrency: number;
  readonly rate: Gcra | undefined;
}

/** @throws TroupeError `InvalidOption` */
export function resolveKeyPolicy(policy: KeyPolicy | undefined): ResolvedKeyPolicy {
  if (policy === undefined) return FREE;
  checkKeyPolicy(policy, 'keyPolicy');
  const { weight = 1, concurrency = Number.POSITIVE_INFINITY, rate } = policy;
  return { weight, concurrency, rate: rate && gcraOf(rate) };
}

/** @throws TroupeError `InvalidOption` that names the field, which is `at` or in it */
export function checkKeyPolicy(policy: KeyPolicy, at: string): void {
  if (isThenable(policy)) {
    // What it is refused for is told; that it rejects, too, must not end the process.
    onRejection(policy, () => {});
    throw invalidOption(at, 'a policy, not a promise of one', policy);
  }
  checkNames(policy, ['weight', 'concurrency', 'rate'], at);
  const { weight = 1, concurrency = Number.POSITIVE_INFINITY, rate } = policy;
  if (!(typeof weight === 'number' && weight >= MIN_WEIGHT && weight <= MAX_WEIGHT)) {
    throw invalidOption(`${at}.weight`, `a number from ${MIN_WEIGHT} to ${MAX_WEIGHT}`, weight);
  }
  if (concurrency !== Number.POSITIVE_INFINITY) checkCount(`${at}.concurrency`, concurrency, 1);
  if (rate !== undefined) checkDispatchRate(rate, `${at}.rate`);
}

const FREE: ResolvedKeyPolicy = {
  weight: 1,
  concurrency: Number.POSITIVE_INFINITY,
  rate: undefined,
};

/** Shares that differ by more than this could no longer be told apart in sums of fractions. */
const MAX_WEIGHT = 1_000;
const MIN_WEIGHT = 1 / MAX_WEIGHT;

/** @throws TroupeError `InvalidOption` that names the field, which is `at` or in it */
export function checkDispatchRate(rate: DispatchRate, at: string): void {
  checkNames(rate, ['limit', 'interval', 'burst'], at);
  const { limit, interval = 1_000, burst = limit } = rate;
  checkCount(`${at}.limit`, limit, 1);
  checkMilliseconds(`${at}.interval`, interval, 1);
  checkCount(`${at}.burst`, burst, 1);
}

/** What keeps to the rate, which was checked. */
export function gcraOf({ limit, interval = 1_000, burst = limit }: DispatchRate): Gcra {
  return new Gcra(interval / limit, burst);
}
