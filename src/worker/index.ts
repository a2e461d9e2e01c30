/** The code inside a worker thread: loads task modules, runs tasks, speaks the protocol. */
export { type LoadedTask, loadTasks } from './load-tasks.ts';
export { MemoryWatch } from './memory-watch.ts';
export { Session, type SessionOptions } from './session.ts';
export type { TaskContext, TaskLog } from './task-context.ts';
