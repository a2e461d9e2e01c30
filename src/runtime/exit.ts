import type { ShutdownReport } from '../../actors/index.ts';

/** How a process ends, as a shell sees it; `docs/shutdown.md` has the same table in prose. */
export const ExitCode = {
  inOrder: 0,
  failed: 1,
  badUsage: 2,
  /** As `timeout(1)` has it: the deadline passed, and what was not through was cut short. */
  deadlinePassed: 124,
  /** 128 and the number of SIGINT. */
  interrupted: 130,
  /** 128 and the number of SIGKILL, also as `timeout(1)` has it: nothing less was of use. */
  killed: 137,
  /** 128 and the number of SIGTERM. */
  terminated: 143,
} as const;

/** The signals that ask the process to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM';

/** The runtime's own task that waits for what runs: what it does not see finish is `aborting`'s. */
export const EXECUTIONS = 'executions';

/**
 * The exit code of a program that ends with its runtime. Work that did not finish in `draining` and
 * was cancelled in `aborting` has ended in order: it is recorded.
 *
 * @returns 0 in order, 1 when the runtime or a task of the shutdown failed, 124 when one was cut short, 137 when
 *   threads are left that only SIGKILL ends; the highest of those that hold
 */
export function exitCodeOf({ zombies, overran, errors, failure }: ShutdownReport): number {
  if (zombies > 0) return ExitCode.killed;
  const cutShort = overran.some(({ phase, task }) => phase !== 'draining' || task !== EXECUTIONS);
  if (cutShort) return ExitCode.deadlinePassed;
  return errors.length > 0 || failure !== undefined ? ExitCode.failed : ExitCode.inOrder;
}

/**
 * Ends the process with an exit code. `process.exit` waits for threads, and one inside a native
 * synchronous call does not end: for 137, the last resort, the process sends itself SIGKILL. What
 * is to outlive that must have been flushed.
 */
export function endProcess(code: number): void {
  if (code === ExitCode.killed) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

/**
 * Ends the process at once by a signal's own effect, which a shell reports as 128 and its number.
 * Unlike `process.exit`, that waits for nothing.
 */
export function dieOf(signal: EndSignal): void {
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container is immune to its own signals.
  process.exit(signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated);
}
