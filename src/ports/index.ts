/** The interfaces between the runtime's rooms and the world: one a file, no implementation. */
export type * from './clock.ts';
export type * from './dispatcher.ts';
export type * from './event-sink.ts';
export type * from './gate.ts';
export type * from './journal.ts';
export type * from './logger.ts';
export type * from './random.ts';
export type * from './restart-budget.ts';
export type * from './thread-host.ts';
export type * from './vitals.ts';
