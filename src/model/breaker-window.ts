/**
 * What a circuit breaker remembers of the calls that it saw: resilience4j's two sliding windows,
 * which subtract what leaves from running totals ("subtract on evict"), so that a record costs the
 * same however long the window is, and makes no object.
 */

/** How many calls were seen, and what became of them; a slow call that failed counts as both. */
export interface CallCounts {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** The calls that lie in the window; times are monotonic milliseconds and never go back. */
export interface BreakerWindow extends CallCounts {
  record(failed: boolean, slow: boolean, now: number): void;
  /** Lets go of what has left the window by now. */
  expire(now: number): void;
  clear(): void;
}

const FAILED = 1;
const SLOW = 2;

/** The last `size` calls: a ring of their outcomes. */
export class CountWindow implements BreakerWindow {
  calls = 0;
  failures = 0;
  slow = 0;
  readonly #outcomes: Uint8Array;
  #next = 0;

  constructor(size: number) {
    this.#outcomes = new Uint8Array(size);
  }

  record(failed: boolean, slow: boolean): void {
    const size = this.#outcomes.length;
    // A place that was never taken holds 0: there is nothing to subtract.
    const evicted = this.#outcomes[this.#next] as number;
    if (this.calls < size) this.calls++;
    this.failures += (failed ? 1 : 0) - (evicted & FAILED);
    this.slow += (slow ? 1 : 0) - ((evicted & SLOW) >> 1);
    this.#outcomes[this.#next] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.#next = this.#next + 1 === size ? 0 : this.#next + 1;
  }

  expire(): void {}

  clear(): void {
    this.#outcomes.fill(0);
    this.#next = 0;
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
  }
}

/**
 * The calls of the last `period` milliseconds, in `buckets` of equal width. A bucket leaves as a
 * whole: what is seen reaches back between `period - period / buckets` and `period`.
 */
export class TimeWindow implements BreakerWindow {
  calls = 0;
  failures = 0;
  slow = 0;
  readonly #width: number;
  readonly #calls: Float64Array;
  readonly #failures: Float64Array;
  readonly #slow: Float64Array;
  /** The number of the present bucket, counted from time 0. */
  #epoch = Number.NEGATIVE_INFINITY;

  constructor(period: number, buckets: number) {
    this.#width = period / buckets;
    this.#calls = new Float64Array(buckets);
    this.#failures = new Float64Array(buckets);
    this.#slow = new Float64Array(buckets);
  }

  record(failed: boolean, slow: boolean, now: number): void {
    this.expire(now);
    const at = placeOf(this.#epoch, this.#calls.length);
    this.#calls[at] = (this.#calls[at] as number) + 1;
    this.calls++;
    if (failed) {
      this.#failures[at] = (this.#failures[at] as number) + 1;
      this.failures++;
    }
    if (slow) {
      this.#slow[at] = (this.#slow[at] as number) + 1;
      this.slow++;
    }
  }

  expire(now: number): void {
    const epoch = Math.floor(now / this.#width);
    if (epoch <= this.#epoch) return;
    const buckets = this.#calls.length;
    const gone = epoch - this.#epoch;
    if (gone >= buckets) this.clear();
    else
      for (let next = this.#epoch + 1; next <= epoch; next++) this.#evict(placeOf(next, buckets));
    this.#epoch = epoch;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#slow.fill(0);
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
  }

  /** The bucket that has the place of a new one is the oldest: it has left the window. */
  #evict(at: number): void {
    this.calls -= this.#calls[at] as number;
    this.failures -= this.#failures[at] as number;
    this.slow -= this.#slow[at] as number;
    this.#calls[at] = 0;
    this.#failures[at] = 0;
    this.#slow[at] = 0;
  }
}

/** Also for a clock that begins below 0. */
function placeOf(epoch: number, buckets: number): number {
  const rest = epoch % buckets;
  return rest < 0 ? rest + buckets : rest;
}

/** From which rates on a breaker opens: both in (0, 1]. */
export interface BreakerThresholds {
  readonly failureRate: number;
  readonly slowCallRate: number;
}

/** True when one of the two rates has reached its threshold. */
export function exceedsRates(counts: CallCounts, limits: BreakerThresholds): boolean {
  const { calls, failures, slow } = counts;
  return calls > 0 && reaches(failures, slow, calls, limits);
}

/**
 * What the probes so far say of all `probes` that there are to be: `failed` or `passed` as soon as
 * those that are still to come cannot change it, before that nothing.
 */
export function probesVerdict(
  { calls, failures, slow }: CallCounts,
  probes: number,
  limits: BreakerThresholds,
): 'passed' | 'failed' | undefined {
  if (reaches(failures, slow, probes, limits)) return 'failed';
  const missing = probes - calls;
  return reaches(failures + missing, slow + missing, probes, limits) ? undefined : 'passed';
}

function reaches(
  failures: number,
  slow: number,
  calls: number,
  { failureRate, slowCallRate }: BreakerThresholds,
): boolean {
  return failures / calls >= failureRate || slow / calls >= slowCallRate;
}
