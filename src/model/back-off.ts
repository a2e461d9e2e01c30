import { checkFactor, checkMilliseconds, checkNames } from './check.ts';
import { invalidOption } from './errors.ts';
import { RETRY_OPTIONS, type Retry, type RetryOptions, retryOf } from './retry.ts';

export interface ConstantOptions extends RetryOptions {
  /** Milliseconds between tries. @default 100 */
  readonly delay?: number;
}

/**
 * The same wait between all tries.
 * @throws TroupeError `InvalidOption`
 */
export function constant(options: ConstantOptions = {}): Retry {
  checkNames(options, [...RETRY_OPTIONS, 'delay']);
  const { delay = 100, ...rest } = options;
  checkMilliseconds('delay', delay);
  return retryOf(rest, () => delay);
}

/** `full` draws the wait evenly between 0 and the computed one; `none` takes it as it is. */
export type Jitter = 'full' | 'none';

interface GrowingOptions extends RetryOptions {
  /** Milliseconds before the second try. @default 100 */
  readonly initial?: number;
  /** No wait is longer, in milliseconds. @default 30000 */
  readonly max?: number;
  /** @default 'full' */
  readonly jitter?: Jitter;
}

const GROWING_OPTIONS: readonly string[] = [...RETRY_OPTIONS, 'initial', 'max', 'jitter'];

export interface LinearOptions extends GrowingOptions {
  /** Milliseconds that each wait is longer than the one before. @default 100 */
  readonly increment?: number;
}

/**
 * Waits that grow by the same amount from try to try.
 * @throws TroupeError `InvalidOption`
 */
export function linear(options: LinearOptions = {}): Retry {
  checkNames(options, [...GROWING_OPTIONS, 'increment']);
  const { increment = 100, ...rest } = options;
  checkMilliseconds('increment', increment);
  return growing(rest, (initial, grown) => initial + increment * grown);
}

export interface ExponentialOptions extends GrowingOptions {
  /** What the wait is multiplied by from try to try. @default 2 */
  readonly factor?: number;
}

/**
 * Exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015).
 * @throws TroupeError `InvalidOption`
 */
export function exponential(options: ExponentialOptions = {}): Retry {
  checkNames(options, [...GROWING_OPTIONS, 'factor']);
  const { factor = 2, ...rest } = options;
  checkFactor('factor', factor);
  return growing(rest, (initial, grown) => {
    // An infinite growth would make NaN of an initial wait of 0.
    return initial * Math.min(factor ** grown, Number.MAX_VALUE);
  });
}

export interface DecorrelatedJitterOptions extends RetryOptions {
  /** No wait is shorter, in milliseconds. @default 100 */
  readonly initial?: number;
  /** No wait is longer, in milliseconds; not less than `initial`. @default 30000 */
  readonly max?: number;
}

/**
 * Each wait is drawn evenly between the initial one and three times the previous one, so that many
 * who failed together drift apart (M. Brooker, "Exponential Backoff And Jitter", 2015).
 * @throws TroupeError `InvalidOption`
 */
export function decorrelatedJitter(options: DecorrelatedJitterOptions = {}): Retry {
  checkNames(options, [...RETRY_OPTIONS, 'initial', 'max']);
  const { initial = 100, max = 30_000, ...rest } = options;
  checkMilliseconds('initial', initial);
  checkMilliseconds('max', max);
  if (max < initial) throw invalidOption('max', `not less than initial, ${initial}`, max);
  return retryOf(rest, (_attempt, random, previous = initial) => {
    const ceiling = Math.max(initial, previous * 3);
    return Math.min(max, initial + random * (ceiling - initial));
  });
}

/** @param waitOf the wait that has grown so many times, before jitter */
function growing(
  { initial = 100, max = 30_000, jitter = 'full', ...options }: GrowingOptions,
  waitOf: (initial: number, grown: number) => number,
): Retry {
  checkMilliseconds('initial', initial);
  checkMilliseconds('max', max);
  const ceiling = (attempt: number) => Math.min(max, waitOf(initial, attempt - 1));
  if (jitter === 'none') return retryOf(options, ceiling);
  if (jitter !== 'full') throw invalidOption('jitter', "'full' or 'none'", jitter);
  return retryOf(options, (attempt, random) => ceiling(attempt) * random);
}
