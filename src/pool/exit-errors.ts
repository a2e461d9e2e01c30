import { type ErrorCode, type ExitReason, messageOf, TroupeError } from '../model/index.ts';

/** Why a thread ended, read from how Piscina settled its session. */
export function exitReasonFrom(error: unknown): ExitReason {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return { kind: 'out_of_memory', error };
  if (typeof message === 'string' && message.startsWith('worker exited with code')) {
    return { kind: 'exited', error };
  }
  return { kind: 'error', error };
}

const DEATHS: Record<ExitReason['kind'], readonly [ErrorCode, string]> = {
  normal: ['WorkerExited', 'ended its worker thread'],
  shutdown: ['PoolClosed', 'was interrupted: the pool closed'],
  error: ['WorkerCrashed', 'crashed its worker thread'],
  killed: ['WorkerKilled', 'was killed with its worker thread'],
  hung: ['WorkerKilled', 'hung and was killed with its worker thread'],
  out_of_memory: ['WorkerOutOfMemory', 'ran its worker thread out of memory'],
  exited: ['WorkerExited', 'ended its worker thread'],
  handshake_failed: ['HandshakeFailed', 'met a worker thread that did not start'],
};

/** What a task that had started is told when its thread dies under it. */
export function deathOf(task: string, worker: string, { kind, error }: ExitReason): TroupeError {
  const [code, what] = DEATHS[kind];
  const why = error === undefined ? '' : `: ${messageOf(error)}`;
  return new TroupeError(code, `task ${task} ${what}${why}`, {
    ...(error !== undefined && { cause: error }),
    details: { task, worker, reason: kind },
  });
}
