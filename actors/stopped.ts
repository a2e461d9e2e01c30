import {
  type ChildShutdown,
  type ExitReason,
  isAbnormal,
  TroupeError,
} from '../src/model/index.ts';

/** How a child ended that was asked to: with an error when it did not do as it should. */
export type Stopped = ExitReason | undefined;

/** Milliseconds that a child has to be gone once it was killed. */
export const KILL_TIME = 5_000;

/** What is wrong with one that had to be killed. */
export const OVERDUE: ExitReason = { kind: 'killed' };

/** What is wrong with an end that was asked for, if anything. */
export function problemOf(reason: ExitReason, shutdown: ChildShutdown): Stopped {
  const { kind, error } = reason;
  const isWanted = shutdown === 'brutal_kill' && kind === 'killed' && error === undefined;
  return isWanted || !isAbnormal(reason) ? undefined : reason;
}

/** The end of one that has outlived its kill. */
export function writtenOff(id: string): ExitReason {
  const message = `${id} was killed and did not exit within ${KILL_TIME} ms: it was written off`;
  return { kind: 'killed', error: new TroupeError('Timeout', message, { details: { child: id } }) };
}
