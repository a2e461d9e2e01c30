import type { ChildShutdown, ChildType, Restart } from './child-spec.ts';
import { type ErrorRecord, recordOf } from './errors.ts';
import type { ExitReason } from './exit-reason.ts';
import type { PastEnd } from './supervision-node.ts';

/**
 * What a supervisor reports of: a child that did not start, one that ended, one that did not stop as
 * it should, and its own end because children failed too often. OTP's error contexts.
 */
export type ReportContext = 'start_error' | 'child_terminated' | 'shutdown_error' | 'shutdown';

/** The child that a report is about. */
export interface Offender {
  readonly id: string;
  readonly type: ChildType;
  readonly restart: Restart;
  readonly shutdown: ChildShutdown;
  /** How often it had been restarted. */
  readonly restarts: number;
  /** How it ended before, the latest last: the last few times. */
  readonly history: readonly PastEnd[];
}

/** OTP's supervisor report, bounded in size. */
export interface SupervisorReport {
  readonly supervisor: string;
  readonly context: ReportContext;
  readonly reason: { readonly kind: ExitReason['kind']; readonly error?: ErrorRecord };
  readonly offender: Offender;
  /** Wall-clock milliseconds since 1970. */
  readonly time: number;
}

/** A cause is told with so many characters of its message and stack. */
const MAX_TEXT = 2_000;
/** Of a chain of causes, so many are told. */
const MAX_CAUSES = 3;

/** A reason as a report carries it. */
export function reportedReason({ kind, error }: ExitReason): SupervisorReport['reason'] {
  return error === undefined ? { kind } : { kind, error: clipped(recordOf(error), MAX_CAUSES) };
}

function clipped(record: ErrorRecord, causes: number): ErrorRecord {
  const { name, code, message, stack, cause, details, ...rest } = record;
  return {
    ...rest,
    name: clip(name),
    ...(code !== undefined && { code: clip(code) }),
    message: clip(message),
    ...(stack !== undefined && { stack: clip(stack) }),
    ...(details !== undefined && textOf(details).length <= MAX_TEXT && { details }),
    ...(cause !== undefined && causes > 0 && { cause: clipped(cause, causes - 1) }),
  };
}

function textOf(details: object): string {
  try {
    return JSON.stringify(details) ?? '';
  } catch {
    return 'x'.repeat(MAX_TEXT + 1);
  }
}

function clip(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
