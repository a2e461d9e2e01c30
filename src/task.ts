/**
 * What a task module may need. It loads in a worker thread in no time: nothing of the runtime comes
 * with it.
 */
export { transfer } from './ipc/transfer.ts';
export {
  type DeclaredCachePolicy,
  defineTask,
  type Schema,
  type TaskOptions,
  type TraceContext,
  typed,
} from './model/index.ts';
export type { TaskContext, TaskLog } from './worker/index.ts';
