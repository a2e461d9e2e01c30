/**
 * Shorter waits are none: no timer is as fine, and sums of fractions are not exact. Without it, a
 * caller that comes at just the time it was told could be sent away again, for ever.
 */
const RESOLUTION = 0.001;

/**
 * A limit on how often something happens: the generic cell rate algorithm (ITU-T I.371), in its
 * form of virtual scheduling. It is a token bucket of `burst` tokens that is refilled evenly, kept
 * as one number: when the next event would come if all came evenly.
 */
export class Gcra {
  readonly #spacing: number;
  readonly #tolerance: number;
  #expected = Number.NEGATIVE_INFINITY;
  #lastTaken = Number.NEGATIVE_INFINITY;

  /**
   * @param spacing milliseconds between events that come evenly
   * @param burst events that may come at once after a pause, 1 or more
   */
  constructor(spacing: number, burst: number) {
    this.#spacing = spacing;
    this.#tolerance = spacing * (burst - 1);
  }

  /** When an event may come; long past if none came yet. */
  get readyAt(): number {
    return this.#expected - this.#tolerance;
  }

  /** From when on it is as if no event had ever come. */
  get restedAt(): number {
    return this.#expected;
  }

  /** Milliseconds until an event may come; 0 if one may now. */
  wait(now: number): number {
    const wait = this.#expected - this.#tolerance - now;
    return wait > RESOLUTION ? wait : 0;
  }

  /** Takes one event's place; false, and nothing is taken, when it is too early. */
  take(now: number): boolean {
    if (this.wait(now) > 0) return false;
    this.#expected = Math.max(now, this.#expected) + this.#spacing;
    this.#lastTaken = now;
    return true;
  }

  /**
   * Gives back the place of an event that did not happen, at most once for each that was taken.
   * Only those of the last time can be given back: an earlier one may have been refilled since, and
   * giving it back would let more than a burst go.
   *
   * @param taken when it was taken
   */
  giveBack(taken: number): void {
    if (taken >= this.#lastTaken) this.#expected -= this.#spacing;
  }
}
