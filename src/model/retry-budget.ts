import { checkNames } from './check.ts';
import { invalidOption } from './errors.ts';

export interface RetryBudgetOptions {
  /** Tokens of a full bucket, which it is at first. @default 10 */
  readonly tokens?: number;
  /** Tokens that a success puts back; a failure takes one. @default 0.1 */
  readonly tokenRatio?: number;
}

/** Tokens shared by all retries that were given the same budget. */
export interface RetryBudget {
  /** Tokens that are left, from 0 to those of a full bucket. */
  readonly tokens: number;
  /** True while the bucket is no more than half full: then nothing is tried again. */
  readonly exhausted: boolean;
  /** Notes a try that succeeded. */
  succeeded(): void;
  /** Notes a try that failed in a way that another might mend. */
  failed(): void;
}

/**
 * A bound on retries for as long as most tries fail, so that they do not finish off what is already
 * struggling: gRPC's retry throttling (gRFC A6, "gRPC Retry Design", 2017). Give one budget to all
 * retries of calls to the same place. In the steady state a share of about `tokenRatio` of the calls
 * may be retries.
 *
 * @throws TroupeError `InvalidOption`
 *
 * @example
 * const budget = retryBudget({ tokens: 20 });
 * const retry = exponential({ attempts: 4, budget });
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  checkNames(options, ['tokens', 'tokenRatio']);
  const { tokens = 10, tokenRatio = 0.1 } = options;
  checkAmount('tokens', tokens);
  checkAmount('tokenRatio', tokenRatio);
  return new TokenBucket(Math.round(tokens * SCALE), Math.round(tokenRatio * SCALE));
}

/** Tokens are counted in thousandths, as gRPC does: sums of fractions would not be exact. */
const SCALE = 1_000;
const MAX_TOKENS = 1_000_000;

class TokenBucket implements RetryBudget {
  readonly #full: number;
  readonly #refill: number;
  #left: number;

  constructor(full: number, refill: number) {
    this.#full = full;
    this.#refill = refill;
    this.#left = full;
  }

  get tokens(): number {
    return this.#left / SCALE;
  }

  get exhausted(): boolean {
    return this.#left * 2 <= this.#full;
  }

  succeeded(): void {
    this.#left = Math.min(this.#full, this.#left + this.#refill);
  }

  failed(): void {
    this.#left = Math.max(0, this.#left - SCALE);
  }
}

function checkAmount(field: string, amount: number): void {
  if (!(typeof amount === 'number' && amount >= 1 / SCALE && amount <= MAX_TOKENS)) {
    throw invalidOption(field, `a number from ${1 / SCALE} to ${MAX_TOKENS}`, amount);
  }
}
