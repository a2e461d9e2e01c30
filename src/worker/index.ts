/** The code inside a worker thread: loads task modules, runs tasks, speaks the protocol. */
export { type LoadedTask, loadTasks } from './load-tasks.ts';
export { Session } from './session.ts';
export type { TaskContext, TaskLog } from './task-context.ts';
