import type { Admitted, CallOutcome } from '../src/ports/index.ts';

/** Whoever counts how calls end. */
export interface CallBook {
  /** A call ended that was let through in this generation. */
  settled(generation: number, outcome: CallOutcome, value: unknown, duration: number): void;
}

/**
 * Leave for calls. In the closed state all calls share one: nothing is made for a call. It belongs
 * to the time that it was given in: a call that ends in another state, or after a reset, says
 * nothing about the present.
 */
export class Permit implements Admitted {
  readonly admitted = true;
  readonly retryAfter = 0;
  /** A function of its own: whoever keeps it need not keep the permit. */
  readonly settle: Admitted['settle'];

  constructor(book: CallBook, generation: number) {
    this.settle = (outcome, value, duration = 0) =>
      book.settled(generation, outcome, value, duration);
  }
}

/** Leave for one call: there are few places, and one that is given back twice would make another. */
export class Probe implements Admitted {
  readonly admitted = true;
  readonly retryAfter = 0;
  readonly settle: Admitted['settle'];

  constructor(book: CallBook, generation: number) {
    let isSettled = false;
    this.settle = (outcome, value, duration = 0) => {
      if (isSettled) return;
      isSettled = true;
      book.settled(generation, outcome, value, duration);
    };
  }
}

/** Nobody listens how the call ends. */
export const UNCOUNTED: Admitted = Object.freeze({ admitted: true, retryAfter: 0, settle() {} });
