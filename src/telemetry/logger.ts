import { type LevelWithSilent, pino } from 'pino';
import type { RuntimeEvent } from '../model/index.ts';
import type { Logger } from '../ports/index.ts';
import type { Subscriber } from './event-bus.ts';

export type LogLevel = LevelWithSilent;

/** From none to the most. */
export const LOG_LEVELS: readonly LogLevel[] = [
  'silent',
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
];

/** Keys whose values never reach a log, at the top and one level below. */
const SECRETS = ['password', 'secret', 'token', 'authorization', 'apiKey', 'credentials'];

/** The default logger: JSON lines on stdout, from this level up. */
export function createLogger(level: LogLevel): Logger {
  const paths = SECRETS.flatMap((key) => [key, `*.${key}`]);
  return pino({ level, redact: { paths, censor: '[redacted]' } });
}

/** Logs what happens to executions: one child logger for each that is under way. */
export function logExecutions(logger: Logger): Subscriber {
  const children = new Map<string, Logger>();
  const of = (execution: string): Logger => {
    let child = children.get(execution);
    if (child === undefined) {
      child = logger.child({ execution });
      children.set(execution, child);
    }
    return child;
  };
  return (event: RuntimeEvent) => {
    switch (event.type) {
      case 'execution.started':
        of(event.executionId).info({ pipeline: event.pipeline }, 'execution started');
        break;
      case 'step.retrying':
        of(event.executionId).warn(
          { step: event.step, attempt: event.attempt, delay: event.delay, error: event.error },
          'step failed and will be tried again',
        );
        break;
      case 'step.failed':
        of(event.executionId).warn({ step: event.step, error: event.error }, 'step failed');
        break;
      case 'step.completed':
        of(event.executionId).debug({ step: event.step }, 'step completed');
        break;
      case 'execution.completed':
      case 'execution.cancelled':
        of(event.executionId).info({}, event.type.replace('.', ' '));
        children.delete(event.executionId);
        break;
      case 'execution.failed':
      case 'execution.timed_out':
        of(event.executionId).error({ error: event.error }, event.type.replace(/[._]/g, ' '));
        children.delete(event.executionId);
        break;
      case 'cache.callback_failed': {
        const { task, callback, error } = event;
        logger.error({ task, callback, error }, 'a function of a cache threw');
        break;
      }
      default:
    }
  };
}

/** Logs when circuit breakers begin and end to hold calls back. */
export function logBreakers(logger: Logger): Subscriber {
  return (event: RuntimeEvent) => {
    switch (event.type) {
      case 'breaker.opened': {
        const { breaker, retryAfter, breaks } = event;
        logger.warn({ breaker, retryAfter, breaks }, 'breaker opened');
        break;
      }
      case 'breaker.closed':
      case 'breaker.isolated':
      case 'breaker.disabled':
      case 'breaker.metrics_only':
        logger.info({ breaker: event.breaker }, event.type.replace(/[._]/g, ' '));
        break;
      case 'breaker.callback_failed': {
        const { breaker, callback, error } = event;
        logger.error({ breaker, callback, error }, 'a function of a breaker threw');
        break;
      }
      default:
    }
  };
}
