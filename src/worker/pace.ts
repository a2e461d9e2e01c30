/** Messages that may leave at once, one by one. */
const BURST = 8;
/** Milliseconds in which one more may. */
const INTERVAL = 1;

/**
 * Bounds how often something is sent by itself, and not with what else there is: a virtual clock that
 * runs ahead by an interval with each, and may be so far ahead as a burst takes (the generic cell rate
 * algorithm, ITU-T I.371).
 */
export class Pace {
  #ahead = 0;

  /** @param now monotonic milliseconds */
  allows(now: number): boolean {
    if (this.#ahead > now + (BURST - 1) * INTERVAL) return false;
    this.#ahead = Math.max(this.#ahead, now) + INTERVAL;
    return true;
  }
}
