/**
 * How much work a worker is given ahead: so much that its next task is there already, and so little that
 * what turns out to take long holds up little, which is then taken back.
 */

/** Milliseconds of estimated work that a worker may hold in any number of tasks. */
export const WORK_BUDGET = 4;

/**
 * Milliseconds from which on a task is long: it neither waits behind another one nor has one wait behind
 * it. The time in which a worker hears of its next task, 0.1 to 0.2 ms, is nothing to it.
 */
export const LONG = 10;

/** Jobs that a worker may hold, however small they are. */
export const MAX_IN_FLIGHT = 512;

/** How fast an estimate follows what is measured: fast upwards, so that a slow task is not repeated. */
const RISE = 0.5;
const FALL = 0.1;

/** What one task is known to cost: milliseconds, smoothed. A task never seen is taken for a long one. */
export class CostEstimate {
  #milliseconds = LONG;
  #seen = false;

  get milliseconds(): number {
    return this.#milliseconds;
  }

  observe(elapsed: number): void {
    if (!this.#seen) {
      this.#seen = true;
      this.#milliseconds = elapsed;
      return;
    }
    const weight = elapsed > this.#milliseconds ? RISE : FALL;
    this.#milliseconds += (elapsed - this.#milliseconds) * weight;
  }
}

/**
 * True when a worker that holds `inFlight` jobs of `load` milliseconds, and runs up to `concurrency` of
 * them at a time, may be given `cost` more. Beyond what it can run at once that is any number of tasks
 * within the budget; or a single one, so that it is there when another one ends, which would wait at
 * most twice as long as it takes itself.
 */
export function hasCredit(
  inFlight: number,
  load: number,
  cost: number,
  concurrency: number,
): boolean {
  if (inFlight < concurrency) return true;
  if (load + cost <= WORK_BUDGET) return inFlight < MAX_IN_FLIGHT;
  return inFlight === concurrency && load < LONG && cost < LONG && load <= 2 * cost;
}
