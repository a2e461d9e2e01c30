import type { ExitReason } from '../model/index.ts';

/** What Piscina is given as the signal of a session: the way to end it. */
export class Ending {
  aborted = false;
  /** A thread has it. */
  hasBegun = false;
  /** Why it ended, where Piscina does not know. */
  why: ExitReason | undefined;
  #isDisowned = false;
  #listener: (() => void) | undefined;

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listener = listener;
  }

  removeEventListener(): void {
    this.#listener = undefined;
  }

  kill(why?: ExitReason): void {
    if (this.aborted) return;
    this.aborted = true;
    this.why = why;
    this.#listener?.();
  }

  /**
   * Makes Piscina leave a session alone that it threw for and yet keeps: it would be begun in the next thread,
   * and nobody has the promise to hear of its end. Told of the abort, Piscina takes note of it first and then
   * asks for the reason, to reject the promise with; it gets none.
   */
  disown(): void {
    this.#isDisowned = true;
    try {
      this.kill();
    } catch (error) {
      if (error !== NO_REASON) throw error;
    }
  }

  get reason(): undefined {
    if (this.#isDisowned) throw NO_REASON;
    return undefined;
  }
}

const NO_REASON = new Error('a session that never began needs no reason to end');
