/** Where an execution stands; the states of `machines/execution.ts`. */
export const EXECUTION_STATUSES = [
  'pending',
  'running',
  'paused',
  'cancelling',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
] as const;

export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export type TerminalStatus = 'completed' | 'failed' | 'cancelled' | 'timed_out';

/** Where a step of an execution stands. */
export type StepStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

const TERMINAL: ReadonlySet<string> = new Set<TerminalStatus>([
  'completed',
  'failed',
  'cancelled',
  'timed_out',
]);

/** True for the four statuses that an execution never leaves. */
export function isTerminal(status: ExecutionStatus): status is TerminalStatus {
  return TERMINAL.has(status);
}
