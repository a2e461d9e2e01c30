import { checkCount, checkFunction, checkMilliseconds } from './check.ts';
import { invalidOption } from './errors.ts';
import type { RetryBudget } from './retry-budget.ts';

/**
 * How often, when and after which failures an attempt is made again. Times are milliseconds. Those
 * made by `constant`, `linear`, `exponential` and `decorrelatedJitter` are of this shape; so may be
 * one of your own.
 */
export interface Retry {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /**
   * The wait before the try after `attempt` failed tries (1 or more); the clock starts when the
   * failure is known. `random` is in [0, 1). `previous` is the wait before the try that failed;
   * before the first there was none. One that throws, or gives what is no wait, is the call's end:
   * `InvalidOption`.
   */
  readonly delay: (attempt: number, random: number, previous?: number) => number;
  /**
   * False for a failure that another try would not mend. For a step it is asked with the
   * `TroupeError`, whose `cause` is what the task threw. @default every failure is worth another try
   */
  readonly retryIf?: (error: unknown) => boolean;
  /**
   * No try begins later than this, from when the first one was begun: a wait that would go beyond
   * ends the retries at once. @default unlimited
   */
  readonly maxElapsed?: number;
  /** Ends the retries of all who share it while too many tries fail. @default none */
  readonly budget?: RetryBudget;
}

/** What every kind of back-off takes. */
export interface RetryOptions extends Pick<Retry, 'retryIf' | 'maxElapsed' | 'budget'> {
  /** Tries in all, the first one included. @default 3 */
  readonly attempts?: number;
}

/** The names of these. */
export const RETRY_OPTIONS: readonly (keyof RetryOptions)[] = [
  'attempts',
  'retryIf',
  'maxElapsed',
  'budget',
];

/** One try and no other: what a step without a `retry` has. */
export const NO_RETRY: Retry = Object.freeze({ attempts: 1, delay: () => 0 });

/** A retry of checked options and this back-off. @throws TroupeError `InvalidOption` */
export function retryOf(options: RetryOptions, delay: Retry['delay']): Retry {
  const { attempts = 3, retryIf, maxElapsed, budget } = options;
  const retry = {
    attempts,
    delay,
    ...(retryIf !== undefined && { retryIf }),
    ...(maxElapsed !== undefined && { maxElapsed }),
    ...(budget !== undefined && { budget }),
  };
  checkFields(retry, '');
  return Object.freeze(retry);
}

/** @throws TroupeError `InvalidOption` unless the value has the shape of a `Retry` */
export function checkRetry(field: string, value: unknown): asserts value is Retry {
  const retry = (value ?? {}) as Partial<Retry>;
  if (typeof retry.delay !== 'function') {
    throw invalidOption(field, 'a retry such as exponential() or constant()', value);
  }
  checkFields(retry, `${field}.`);
}

function checkFields({ attempts, retryIf, maxElapsed, budget }: Partial<Retry>, at: string): void {
  checkCount(`${at}attempts`, attempts, 1);
  if (retryIf !== undefined) checkFunction(`${at}retryIf`, retryIf);
  if (maxElapsed !== undefined) checkMilliseconds(`${at}maxElapsed`, maxElapsed);
  if (budget !== undefined && typeof budget?.failed !== 'function') {
    throw invalidOption(`${at}budget`, 'made by retryBudget()', budget);
  }
}
