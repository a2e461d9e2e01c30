import type { BreakerThresholds } from './breaker-window.ts';
import { checkCount, checkFactor, checkFunction, checkMilliseconds, checkNames } from './check.ts';
import { invalidOption } from './errors.ts';
import { MAX_TIMEOUT } from './timeout.ts';

/** Which calls a breaker judges by: the last so many, or those of the last so many milliseconds. */
export type BreakerWindowOptions =
  | {
      /** The last so many calls. */
      readonly calls: number;
    }
  | {
      /** The calls of the last so many milliseconds. */
      readonly period: number;
      /** Into how many parts the period is cut; it slides by one part at a time. @default 10 */
      readonly buckets?: number;
    };

/** How long a breaker stays open before it tries again. */
export interface BreakOptions {
  /** Milliseconds of the first break. @default 1000 */
  readonly initial?: number;
  /** What the break is multiplied by each time that the probes fail. @default 2 */
  readonly factor?: number;
  /** No break is longer, in milliseconds, but one that the far side asked for. @default 60000 */
  readonly max?: number;
  /**
   * The part of each break that chance may take away, from 0 to 1: with 0.2 it lasts between 80 and
   * 100 % of what is computed, so that many breakers do not try again all at once. @default 0.2
   */
  readonly jitter?: number;
}

/**
 * When a circuit breaker opens, for how long, and what it takes to close it. The terms and the
 * evaluation are resilience4j's; rates are parts of 1.
 */
export interface BreakerOptions {
  /** @default the last 100 calls */
  readonly window?: BreakerWindowOptions;
  /** Calls that must be in the window before its rates mean anything. @default 10, or the window's
   * calls where those are fewer */
  readonly minimumCalls?: number;
  /** Opens when this part of the calls failed, above 0 and up to 1. @default 0.5 */
  readonly failureRate?: number;
  /** Opens when this part of the calls was slow, above 0 and up to 1. @default 1 */
  readonly slowCallRate?: number;
  /** A call that takes longer than these milliseconds is slow. @default 60000 */
  readonly slowCallDuration?: number;
  /** Calls that a half-open breaker lets through to judge by. @default 1 */
  readonly probes?: number;
  /**
   * Milliseconds that half-open may wait for the answer of a probe, from when the first one under
   * way began; then the breaker opens again. @default 30000
   */
  readonly halfOpenTimeout?: number;
  readonly break?: BreakOptions;
  /** The longest wait that the far side may ask for, in milliseconds. @default 600000 */
  readonly maxRetryAfter?: number;
  /** Whether an error is a failure; one that is not counts as a success. @default every error is */
  readonly isFailure?: (error: unknown) => boolean;
  /** Whether a call that threw is not to be counted at all, as a cancelled one is. @default none */
  readonly isIgnored?: (error: unknown) => boolean;
  /** Whether a result is a failure. @default none is */
  readonly isFailedResult?: (result: unknown) => boolean;
  /**
   * Milliseconds that the far side asked to be left alone for. @default the error's `retryAfter`,
   * or that of its `details` or causes
   */
  readonly retryAfter?: (error: unknown) => number | undefined;
}

/** The options with every default in place. */
export interface ResolvedBreakerOptions extends BreakerThresholds {
  readonly window:
    | { readonly calls: number }
    | { readonly period: number; readonly buckets: number };
  readonly minimumCalls: number;
  readonly slowCallDuration: number;
  readonly probes: number;
  readonly halfOpenTimeout: number;
  readonly break: Required<BreakOptions>;
  readonly maxRetryAfter: number;
  readonly isFailure: ((error: unknown) => boolean) | undefined;
  readonly isIgnored: ((error: unknown) => boolean) | undefined;
  readonly isFailedResult: ((result: unknown) => boolean) | undefined;
  readonly retryAfter: ((error: unknown) => number | undefined) | undefined;
}

const DEFAULT_CALLS = 100;
const DEFAULT_MINIMUM = 10;
const DEFAULT_BUCKETS = 10;
/** A window takes its memory in advance, a byte for each call. */
const MAX_CALLS = 10_000_000;
const MAX_BUCKETS = 10_000;

const NAMES: readonly (keyof BreakerOptions)[] = [
  'window',
  'minimumCalls',
  'failureRate',
  'slowCallRate',
  'slowCallDuration',
  'probes',
  'halfOpenTimeout',
  'break',
  'maxRetryAfter',
  'isFailure',
  'isIgnored',
  'isFailedResult',
  'retryAfter',
];

/** @throws TroupeError `InvalidOption` */
export function resolveBreakerOptions(options: BreakerOptions = {}): ResolvedBreakerOptions {
  checkNames(options, NAMES);
  const { failureRate = 0.5, slowCallRate = 1, slowCallDuration = 60_000, probes = 1 } = options;
  const { halfOpenTimeout = 30_000, maxRetryAfter = 600_000 } = options;
  const window = resolveWindow(options.window);
  const callbacks = resolveCallbacks(options);
  const most = 'calls' in window ? window.calls : Number.MAX_SAFE_INTEGER;
  const { minimumCalls = Math.min(DEFAULT_MINIMUM, most) } = options;
  return {
    window,
    minimumCalls: checkCount('minimumCalls', minimumCalls, 1, most),
    failureRate: rate('failureRate', failureRate),
    slowCallRate: rate('slowCallRate', slowCallRate),
    slowCallDuration: checkMilliseconds('slowCallDuration', slowCallDuration),
    probes: checkCount('probes', probes, 1, MAX_CALLS),
    halfOpenTimeout: duration('halfOpenTimeout', halfOpenTimeout),
    break: resolveBreak(options.break),
    maxRetryAfter: checkMilliseconds('maxRetryAfter', maxRetryAfter),
    ...callbacks,
  };
}

function resolveWindow(
  window: BreakerWindowOptions = { calls: DEFAULT_CALLS },
): ResolvedBreakerOptions['window'] {
  const expected = 'an object with calls, or with a period';
  if (typeof window !== 'object' || window === null) {
    throw invalidOption('window', expected, window);
  }
  checkNames(window, WINDOW_NAMES, 'window');
  if ('calls' in window === 'period' in window) throw invalidOption('window', expected, window);
  if ('calls' in window) return { calls: checkCount('window.calls', window.calls, 1, MAX_CALLS) };
  const { period, buckets = DEFAULT_BUCKETS } = window;
  return {
    period: duration('window.period', period),
    buckets: checkCount('window.buckets', buckets, 1, MAX_BUCKETS),
  };
}

const WINDOW_NAMES = ['calls', 'period', 'buckets'];

function resolveBreak(options: BreakOptions = {}): Required<BreakOptions> {
  checkNames(options, BREAK_NAMES, 'break');
  const { initial = 1_000, factor = 2, max = Math.max(60_000, initial), jitter = 0.2 } = options;
  duration('break.initial', initial);
  duration('break.max', max);
  if (max < initial) throw invalidOption('break.max', 'no less than break.initial', max);
  checkFactor('break.factor', factor);
  if (!(typeof jitter === 'number' && jitter >= 0 && jitter <= 1)) {
    throw invalidOption('break.jitter', 'a number from 0 to 1', jitter);
  }
  return { initial, factor, max, jitter };
}

const BREAK_NAMES: readonly (keyof BreakOptions)[] = ['initial', 'factor', 'max', 'jitter'];

const CALLBACKS = ['isFailure', 'isIgnored', 'isFailedResult', 'retryAfter'] as const;

function resolveCallbacks(
  options: BreakerOptions,
): Pick<ResolvedBreakerOptions, (typeof CALLBACKS)[number]> {
  for (const name of CALLBACKS) {
    if (options[name] !== undefined) checkFunction(name, options[name]);
  }
  const { isFailure, isIgnored, isFailedResult, retryAfter } = options;
  return { isFailure, isIgnored, isFailedResult, retryAfter };
}

/**
 * Milliseconds that a break lasts, whole ones: a timer that counts in whole milliseconds must not
 * end it early.
 *
 * @param breaks breaks since the breaker was last closed, this one included: 1 or more
 * @param random in [0, 1)
 */
export function breakDuration(
  { initial, factor, max, jitter }: Required<BreakOptions>,
  breaks: number,
  random: number,
): number {
  const growth = Math.min(factor ** (breaks - 1), Number.MAX_VALUE);
  return Math.ceil(Math.min(max, initial * growth) * (1 - jitter * random));
}

function rate(field: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value <= 1) return value;
  throw invalidOption(field, 'a number above 0 and up to 1', value);
}

function duration(field: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT) return value;
  throw invalidOption(field, `milliseconds above 0 and up to ${MAX_TIMEOUT}`, value);
}
