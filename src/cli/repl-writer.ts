import { inspect } from 'node:util';
import picocolors from 'picocolors';
import { type Execution, TroupeError } from '../index.ts';

export interface WriterOptions {
  readonly colors: boolean;
  /** Where lines are broken. */
  readonly columns: number;
}

/** How the REPL shows what a line gave, or what it threw. */
export function createWriter({ colors, columns }: WriterOptions): (value: unknown) => string {
  const { red, bold } = picocolors.createColors(colors);
  return (value) => {
    if (value instanceof Error) return red(describeError(value));
    if (isExecution(value)) return `execution ${bold(value.id)}: ${value.status}`;
    return inspect(value, { colors, depth: 4, maxArrayLength: 100, breakLength: columns });
  };
}

/** One line: what happened, and what led to it where the message does not say so itself. */
export function describeError(error: Error): string {
  if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') {
    return 'interrupted';
  }
  const { cause } = error;
  const said = cause instanceof Error && error.message.includes(cause.message);
  const why = cause === undefined ? '' : ` (cause: ${said ? cause.name : nameOf(cause)})`;
  return oneLine(nameOf(error) + why);
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  return `${TroupeError.is(error) ? error.code : error.name}: ${error.message}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}

function isExecution(value: unknown): value is Execution {
  if (typeof value !== 'object' || value === null) return false;
  const { id, events, result } = value as Partial<Execution>;
  return typeof id === 'string' && typeof events === 'function' && typeof result === 'function';
}
