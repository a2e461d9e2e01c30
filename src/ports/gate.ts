/**
 * How an admitted call ended. A cancelled one says nothing about the far side: it is no failure and
 * no success.
 */
export type CallOutcome = 'success' | 'failure' | 'cancelled';

/** The gate let a call through, and wants to hear how it ended. */
export interface Admitted {
  readonly admitted: true;
  /** No wait. */
  readonly retryAfter: 0;
  /**
   * Tells how the call ended: exactly once. Calls that nobody judges one by one may share one
   * function, so it cannot tell a second time from another call. It may be called by itself.
   *
   * @param value the error of a failure, the result of a success
   * @param duration milliseconds that the call took; 0 where nobody measured it
   */
  readonly settle: (outcome: CallOutcome, value?: unknown, duration?: number) => void;
}

/** The gate is shut. */
export interface Refused {
  readonly admitted: false;
  /** Milliseconds until it is worth asking again: whole ones, above 0, and never Infinity. */
  readonly retryAfter: number;
}

export type Admission = Admitted | Refused;

/** Whatever lets calls, starts or restarts through, or holds them: a circuit breaker. */
export interface Gate {
  /** Its name, for errors. */
  readonly id: string;
  /** Its state, for errors. */
  readonly state: string;
  /** Asks for one call. Never throws, and makes no object for a gate that stands open. */
  admit(): Admission;
}
