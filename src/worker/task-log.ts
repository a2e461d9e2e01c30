/** The task's own voice in the host's log, as pino is used: fields first, if there are any, then the message. */
export interface TaskLog {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

/** Writes one line. */
export interface LogLine {
  (message: string): void;
  (fields: Record<string, unknown>, message?: string): void;
}

type Write = (level: keyof TaskLog, fields: Record<string, unknown>, message: string) => void;

/** @param write is told of each line */
export function taskLog(write: Write): TaskLog {
  const line =
    (level: keyof TaskLog): LogLine =>
    (first: Record<string, unknown> | string, message?: string) =>
      typeof first === 'string' ? write(level, {}, first) : write(level, first, message ?? '');
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}
