const TERMINAL_STATUSES = ['completed', 'failed', 'cancelled', 'timed_out'] as const;

/** Where an execution stands; the states of `machines/execution.ts`. */
export const EXECUTION_STATUSES = [
  'pending',
  'running',
  'paused',
  'cancelling',
  ...TERMINAL_STATUSES,
] as const;

export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

/** Where a step of an execution stands. */
export type StepStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_STATUSES);

/** True for the four statuses that an execution never leaves. */
export function isTerminal(status: ExecutionStatus): status is TerminalStatus {
  return TERMINAL.has(status);
}
