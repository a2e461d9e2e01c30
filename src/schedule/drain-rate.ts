/** Milliseconds after which what was measured counts for a third (1/e) of what is measured now. */
const MEMORY = 5_000;

/**
 * How fast something drains while there is much to drain: what has left, divided by the time in which
 * it was measured, both fading as that goes by. One that leaves costs a count, and no look at the
 * clock.
 */
export class DrainRate {
  #isRunning = false;
  #since = 0;
  /** What has left since then. */
  #count = 0;
  /** What had left before, and in how much time; faded. */
  #left = 0;
  #time = 0;

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** From now on it is measured. */
  start(now: number): void {
    this.#isRunning = true;
    this.#since = now;
    this.#count = 0;
  }

  /** What leaves from now on says nothing: there is too little to drain. */
  stop(now: number): void {
    this.#fold(now);
    this.#isRunning = false;
  }

  /** One has left. */
  left(): void {
    this.#count++;
  }

  /** Milliseconds from one that leaves to the next; undefined as long as none was seen to leave. */
  interval(now: number): number | undefined {
    if (this.#isRunning) this.#fold(now);
    return this.#left > 0 ? this.#time / this.#left : undefined;
  }

  #fold(now: number): void {
    const elapsed = now - this.#since;
    if (elapsed <= 0) return;
    const kept = Math.exp(-elapsed / MEMORY);
    const gained = MEMORY * (1 - kept);
    // As if it had left evenly.
    this.#left = this.#left * kept + (this.#count / elapsed) * gained;
    this.#time = this.#time * kept + gained;
    this.#since = now;
    this.#count = 0;
  }
}
