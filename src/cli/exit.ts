/** How the process ends, as a shell sees it; `--help` has the same table in prose. */
export const ExitCode = {
  inOrder: 0,
  failed: 1,
  badUsage: 2,
  /** 128 and the number of SIGINT. */
  interrupted: 130,
  /** 128 and the number of SIGKILL: threads were left that nothing else could end. */
  killed: 137,
} as const;

const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The signals that ask the process to end. */
export type EndSignal = keyof typeof SIGNAL_CODES;

/**
 * Ends the process. Not left to an empty event loop: what the app's modules keep open must not keep
 * the process. `process.exit` waits for threads, and one inside a synchronous native call does not
 * end: where there is such a one, only SIGKILL helps.
 */
export function leave(code: number): void {
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
  process.exit(SIGNAL_CODES[signal]);
}
