/**
 * How much work a worker is given ahead: so much that its next task is always there already, and so
 * little that no task waits behind a long one while another worker is free.
 */

/** Milliseconds of estimated work that a worker may hold. A task of 4 ms or more travels alone. */
export const WORK_BUDGET = 4;

/** Jobs that a worker may hold, however small they are. */
export const MAX_IN_FLIGHT = 512;

/** How fast an estimate follows what is measured: fast upwards, so that a slow task is not repeated. */
const RISE = 0.5;
const FALL = 0.1;

/** What one task is known to cost: milliseconds, smoothed. A task never seen fills the budget. */
export class CostEstimate {
  #milliseconds = WORK_BUDGET;
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

/** True when a worker that holds `inFlight` jobs of `load` milliseconds may be given `cost` more. */
export function hasCredit(inFlight: number, load: number, cost: number): boolean {
  if (inFlight === 0) return true;
  return inFlight < MAX_IN_FLIGHT && load + cost <= WORK_BUDGET;
}
