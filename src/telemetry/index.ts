/** What the runtime tells the world: events to subscribers, and logs. */
export { EventBus, type Subscriber } from './event-bus.ts';
export { createLogger, LOG_LEVELS, type LogLevel, logBreakers, logExecutions } from './logger.ts';
