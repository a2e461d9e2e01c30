import type { BreakerState, CallCounts } from '../src/model/index.ts';
import type { Gate } from '../src/ports/index.ts';

export interface ExecuteOptions {
  /** Ends the call when it aborts: it then is no failure and no success. */
  readonly signal?: AbortSignal;
}

/** How a breaker stands, and what it has seen. */
export interface BreakerMetrics {
  readonly state: BreakerState;
  /**
   * What it judges by: the calls in its window; while half-open, the probes; while open, what made
   * it open.
   */
  readonly window: CallCounts;
  /** The part of these that failed; undefined as long as they are too few to mean anything. */
  readonly failureRate: number | undefined;
  /** The part of these that was slow. */
  readonly slowCallRate: number | undefined;
  /** Calls that succeeded or failed, since the breaker was made; so are the counts that follow. */
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  /** Calls that were held back. */
  readonly rejected: number;
  readonly cancelled: number;
  readonly ignored: number;
  /** How often it opened. */
  readonly opened: number;
  /** Milliseconds until it tries again; only while it holds calls back. */
  readonly retryAfter: number | undefined;
}

/**
 * Stands before something that may be ill: lets calls through while it is well, holds them back when
 * too many fail or are slow, and sends a probe from time to time to see whether it has recovered.
 */
export interface Breaker extends Gate, Disposable {
  readonly id: string;
  readonly state: BreakerState;
  /**
   * Calls `fn`, if calls are let through, and gives what it gives. Its duration is counted from
   * its call to the settling of what it returned.
   *
   * @throws TroupeError `BreakerOpen`, whose `details` have `retryAfter` in milliseconds and the
   *   breaker's id and state; the signal's reason, when that aborts before `fn` settles; else what
   *   `fn` throws, as it is
   *
   * @example await breaker.execute(({ signal }) => fetch(url, { signal }), { signal });
   */
  execute<T>(
    fn: (context: { readonly signal: AbortSignal }) => T | PromiseLike<T>,
    options?: ExecuteOptions,
  ): Promise<T>;
  metrics(): BreakerMetrics;
  /**
   * Holds all calls back, until what this gives is disposed of. Several may want it: it lasts until
   * the last of them is done, and the breaker then is closed.
   */
  isolate(): Disposable;
  /** Lets everything through and counts nothing. */
  disable(): void;
  /** Lets everything through and counts it. */
  metricsOnly(): void;
  /** Judges again, after `disable` or `metricsOnly`. */
  enable(): void;
  /** Forgets what was counted, and closes it if it is open or half-open. */
  reset(): void;
}
