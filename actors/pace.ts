/** So much may be done in one turn of the event loop. */
const STEPS_PER_TURN = 100;

/**
 * Gives timers and I/O a turn after so many steps of what would otherwise go on in microtasks, however
 * long: restarts that fail at once, for instance. Real turns, whatever the clock.
 */
export class Pace {
  #left = STEPS_PER_TURN;
  /** The next turn of the event loop, for whoever takes a step before it. */
  #turn: Promise<void> | undefined;

  /** @returns what to wait for before the step, if anything */
  step(): Promise<void> | undefined {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#left = STEPS_PER_TURN;
        this.#turn = undefined;
        resolve();
      });
    });
    if (this.#left === 0) return this.#turn;
    this.#left--;
    return undefined;
  }
}
