import {
  addRestart,
  type BackOffOptions,
  backOffDelay,
  exceedsIntensity,
  type RestartIntensity,
} from '../src/model/index.ts';

/** What the restarts of one child have come to: of its own budget, and in its back-off. */
export class RestartAccount {
  /** Restarts within the period of the budget. */
  #spent: readonly number[] = [];
  /** Restarts since it last lived for long. */
  #inARow = 0;

  /**
   * Counts a restart that is about to be.
   * @returns whether the budget is spent
   */
  spend(budget: RestartIntensity, now: number): boolean {
    const spent = addRestart(this.#spent, now, budget);
    const isExhausted = exceedsIntensity(spent, budget);
    this.#spent = isExhausted ? [] : spent;
    return isExhausted;
  }

  /** Restarts that are left of the budget. */
  left({ intensity, period }: RestartIntensity, now: number): number {
    return intensity - this.#spent.filter((at) => now - at < period).length;
  }

  /**
   * Milliseconds to wait before the next restart; each call is one more in a row.
   * @param lived milliseconds from the last start to the end
   */
  nextDelay(backOff: Required<BackOffOptions>, lived: number, random: number): number {
    if (lived >= backOff.resetAfter) this.#inARow = 0;
    return backOffDelay(backOff, this.#inARow++, random);
  }
}
