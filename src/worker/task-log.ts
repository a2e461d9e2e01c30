import { recordOf } from '../model/index.ts';

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
  /** The error's record as the field `error`. @param message by default the error's own */
  (error: Error, message?: string): void;
  (fields: Record<string, unknown>, message?: string): void;
}

type Write = (level: keyof TaskLog, fields: Record<string, unknown>, message: string) => void;

/** @param write is told of each line */
export function taskLog(write: Write): TaskLog {
  const line =
    (level: keyof TaskLog): LogLine =>
    (first: Record<string, unknown> | Error | string, message?: string) => {
      if (typeof first === 'string') write(level, {}, first);
      else if (first instanceof Error) {
        write(level, { error: recordOf(first) }, message ?? first.message);
      } else write(level, first, message ?? '');
    };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}
