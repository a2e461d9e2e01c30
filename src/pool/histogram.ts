/**
 * Durations in milliseconds, counted in buckets that grow by an eighth: a quantile is right within
 * about 12 %, from a microsecond to some hours, and to count one costs some nanoseconds and no memory.
 * The layout is that of HDR histograms (G. Tene, "HdrHistogram").
 */
export class Histogram {
  readonly #buckets = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** @param milliseconds what is below 0, by a clock's whim, counts as 0 */
  record(milliseconds: number): void {
    const value = milliseconds > 0 ? milliseconds : 0;
    this.#count++;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
    const at = bucketOf(value);
    this.#buckets[at] = (this.#buckets[at] as number) + 1;
  }

  /** Adds all that another one has counted. */
  add(other: Histogram): void {
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
    for (let i = 0; i < BUCKETS; i++) {
      this.#buckets[i] = (this.#buckets[i] as number) + (other.#buckets[i] as number);
    }
  }

  summary(): DurationSummary {
    const mean = this.#count === 0 ? 0 : this.#sum / this.#count;
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => this.#quantile(share));
    return { count: this.#count, mean, p50, p90, p99, max: this.#max } as DurationSummary;
  }

  /** The upper end of the bucket in which it lies; never above the largest one seen. */
  #quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    if (left === 0) return 0;
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.#buckets[i] as number;
      if (left <= 0) return Math.min(this.#max, upperEndOf(i));
    }
    return this.#max;
  }
}

/** Of so many durations, in milliseconds. */
export interface DurationSummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Buckets for each doubling. */
const STEPS = 8;
/** Doublings, from a microsecond on. */
const DOUBLINGS = 34;
const BUCKETS = STEPS * DOUBLINGS + 1;

function bucketOf(milliseconds: number): number {
  const microseconds = milliseconds * 1_000;
  if (microseconds < 1) return 0;
  const at = 1 + Math.floor(Math.log2(microseconds) * STEPS);
  return at < BUCKETS ? at : BUCKETS - 1;
}

function upperEndOf(bucket: number): number {
  return 2 ** (bucket / STEPS) / 1_000;
}
