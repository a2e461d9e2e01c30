/**
 * Why a supervised child ended. `normal` and `shutdown` are what OTP calls normal ends; every other
 * kind is abnormal and restarts a transient child.
 */
export interface ExitReason {
  readonly kind:
    | 'normal'
    | 'shutdown'
    | 'error'
    | 'killed'
    | 'hung'
    | 'out_of_memory'
    | 'exited'
    | 'handshake_failed';
  readonly error?: unknown;
}

export const NORMAL: ExitReason = Object.freeze({ kind: 'normal' });
export const SHUTDOWN: ExitReason = Object.freeze({ kind: 'shutdown' });

export function isAbnormal(reason: ExitReason): boolean {
  return reason.kind !== 'normal' && reason.kind !== 'shutdown';
}

/** An abnormal end, carried as an error: an actor that fails with it exits for this reason. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly reason: ExitReason;

  constructor(reason: ExitReason) {
    super(`exited: ${reason.kind}`, { cause: reason.error });
    this.reason = reason;
  }
}

/** The reason for which an actor failed. */
export function exitReasonOf(error: unknown): ExitReason {
  return error instanceof ExitError ? error.reason : { kind: 'error', error };
}
