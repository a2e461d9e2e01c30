import { invalidOption } from './errors.ts';
import { MAX_TIMEOUT } from './timeout.ts';

/** How often and when a failed attempt is made again. Delays are milliseconds. */
export interface Retry {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /**
   * The wait before the try after `attempt` failed tries (1 or more); the clock starts when the
   * failure is known. `random` is in [0, 1).
   */
  readonly delay: (attempt: number, random: number) => number;
}

/** One try and no other: what a step without a `retry` has. */
export const NO_RETRY: Retry = Object.freeze({ attempts: 1, delay: () => 0 });

export interface ConstantOptions {
  /** Tries in all, the first one included. @default 3 */
  readonly attempts?: number;
  /** Milliseconds between tries. @default 100 */
  readonly delay?: number;
}

/**
 * The same wait between all tries.
 * @throws TroupeError `InvalidOption`
 */
export function constant({ attempts = 3, delay = 100 }: ConstantOptions = {}): Retry {
  checkAttempts(attempts);
  checkDelay('delay', delay);
  return Object.freeze({ attempts, delay: () => delay });
}

export interface ExponentialOptions {
  /** Tries in all, the first one included. @default 3 */
  readonly attempts?: number;
  /** Milliseconds before the second try. @default 100 */
  readonly initial?: number;
  /** What the wait is multiplied by from try to try. @default 2 */
  readonly factor?: number;
  /** No wait is longer, in milliseconds. @default 30000 */
  readonly max?: number;
  /** `full` draws the wait evenly between 0 and the computed one; `none` takes it as it is.
   * @default 'full' */
  readonly jitter?: 'full' | 'none';
}

/**
 * Exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015).
 * @throws TroupeError `InvalidOption`
 */
export function exponential(options: ExponentialOptions = {}): Retry {
  const { attempts = 3, initial = 100, factor = 2, max = 30_000, jitter = 'full' } = options;
  checkAttempts(attempts);
  checkDelay('initial', initial);
  checkDelay('max', max);
  if (!Number.isFinite(factor) || factor < 1)
    throw invalidOption('factor', 'a number of 1 or more', factor);
  if (jitter !== 'full' && jitter !== 'none')
    throw invalidOption('jitter', "'full' or 'none'", jitter);
  return Object.freeze({
    attempts,
    delay(attempt: number, random: number): number {
      // An infinite factor would make NaN of an initial wait of 0.
      const growth = Math.min(factor ** (attempt - 1), Number.MAX_VALUE);
      const ceiling = Math.min(max, initial * growth);
      return jitter === 'full' ? ceiling * random : ceiling;
    },
  });
}

/** @throws TroupeError `InvalidOption` unless the value has the shape of a `Retry` */
export function checkRetry(field: string, value: unknown): asserts value is Retry {
  const { attempts, delay } = (value ?? {}) as Partial<Retry>;
  if (typeof delay !== 'function') {
    throw invalidOption(field, 'a retry such as exponential() or constant()', value);
  }
  checkAttempts(attempts, `${field}.attempts`);
}

function checkAttempts(attempts: unknown, field = 'attempts'): void {
  if (!Number.isSafeInteger(attempts) || (attempts as number) < 1) {
    throw invalidOption(field, 'a whole number of 1 or more', attempts);
  }
}

function checkDelay(field: string, delay: number): void {
  if (!(Number.isFinite(delay) && delay >= 0 && delay <= MAX_TIMEOUT)) {
    throw invalidOption(field, `milliseconds from 0 to ${MAX_TIMEOUT}`, delay);
  }
}
