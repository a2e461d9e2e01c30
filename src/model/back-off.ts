import { checkMilliseconds } from './check.ts';
import { invalidOption } from './errors.ts';
import { type Retry, type RetryOptions, retryOf } from './retry.ts';

export interface ConstantOptions extends RetryOptions {
  /** Milliseconds between tries. @default 100 */
  readonly delay?: number;
}

/**
 * The same wait between all tries.
 * @throws TroupeError `InvalidOption`
 */
export function constant({ delay = 100, ...options }: ConstantOptions = {}): Retry {
  checkMilliseconds('delay', delay);
  return retryOf(options, () => delay);
}

/** `full` draws the wait evenly between 0 and the computed one; `none` takes it as it is. */
export type Jitter = 'full' | 'none';

export interface LinearOptions extends RetryOptions {
  /** Milliseconds before the second try. @default 100 */
  readonly initial?: number;
  /** Milliseconds that each wait is longer than the one before. @default 100 */
  readonly increment?: number;
  /** No wait is longer, in milliseconds. @default 30000 */
  readonly max?: number;
  /** @default 'full' */
  readonly jitter?: Jitter;
}

/**
 * Waits that grow by the same amount from try to try.
 * @throws TroupeError `InvalidOption`
 */
export function linear(options: LinearOptions = {}): Retry {
  const { initial = 100, increment = 100, max = 30_000, jitter = 'full', ...rest } = options;
  checkMilliseconds('initial', initial);
  checkMilliseconds('increment', increment);
  checkMilliseconds('max', max);
  return jittered(rest, jitter, (attempt) => Math.min(max, initial + increment * (attempt - 1)));
}

export interface ExponentialOptions extends RetryOptions {
  /** Milliseconds before the second try. @default 100 */
  readonly initial?: number;
  /** What the wait is multiplied by from try to try. @default 2 */
  readonly factor?: number;
  /** No wait is longer, in milliseconds. @default 30000 */
  readonly max?: number;
  /** @default 'full' */
  readonly jitter?: Jitter;
}

/**
 * Exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015).
 * @throws TroupeError `InvalidOption`
 */
export function exponential(options: ExponentialOptions = {}): Retry {
  const { initial = 100, factor = 2, max = 30_000, jitter = 'full', ...rest } = options;
  checkMilliseconds('initial', initial);
  checkMilliseconds('max', max);
  if (!Number.isFinite(factor) || factor < 1)
    throw invalidOption('factor', 'a number of 1 or more', factor);
  return jittered(rest, jitter, (attempt) => {
    // An infinite factor would make NaN of an initial wait of 0.
    const growth = Math.min(factor ** (attempt - 1), Number.MAX_VALUE);
    return Math.min(max, initial * growth);
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
  const { initial = 100, max = 30_000, ...rest } = options;
  checkMilliseconds('initial', initial);
  checkMilliseconds('max', max);
  if (max < initial) throw invalidOption('max', `not less than initial, ${initial}`, max);
  return retryOf(rest, (_attempt, random, previous = initial) => {
    const ceiling = Math.max(initial, previous * 3);
    return Math.min(max, initial + random * (ceiling - initial));
  });
}

function jittered(
  options: RetryOptions,
  jitter: Jitter,
  ceilingAfter: (attempt: number) => number,
): Retry {
  if (jitter === 'none') return retryOf(options, ceilingAfter);
  if (jitter !== 'full') throw invalidOption('jitter', "'full' or 'none'", jitter);
  return retryOf(options, (attempt, random) => ceilingAfter(attempt) * random);
}
