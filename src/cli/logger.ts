import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from '../index.ts';

/** Keys whose values never reach a log, at the top and one level below. */
const SECRETS = ['password', 'secret', 'token', 'authorization', 'apiKey', 'credentials'];

/** Logs on stderr, as stdout is for results: for people on a terminal, as JSON lines elsewhere. */
export function createLogger(level: LogLevel): Logger {
  const paths = SECRETS.flatMap((key) => [key, `*.${key}`]);
  const dest = process.stderr.fd;
  const destination = process.stderr.isTTY
    ? pretty({ destination: dest, sync: true, singleLine: true, ignore: 'pid,hostname' })
    : pino.destination({ dest, sync: true });
  return pino({ level, redact: { paths, censor: '[redacted]' } }, destination);
}
