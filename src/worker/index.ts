/** The code inside a worker: loads task modules, runs tasks, speaks the protocol. */
export { type LoadedTask, loadTasks, runStarts } from './load-tasks.ts';
export { MemoryWatch } from './memory-watch.ts';
export { perform } from './perform.ts';
export { Session, type SessionOptions } from './session.ts';
export { gathered, isGenerator, Streaming, type Yielding } from './streaming.ts';
export type { TaskContext } from './task-context.ts';
export { type LogLine, type TaskLog, taskLog } from './task-log.ts';
