/** Who performs the statecharts: executions, workers, supervisors and the shutdown, over the ports. */
export { service } from './child.ts';
export { type ExecutionDeps, ExecutionRun } from './execution.ts';
export {
  Shutdown,
  type ShutdownPhaseName,
  type ShutdownReport,
  type ShutdownTask,
  type ShutdownTaskContext,
  type ShutdownTaskId,
} from './shutdown.ts';
export { type Logic, type Spawned, SpawnedActor, type SpawnOptions } from './spawned.ts';
export { Supervisor, subtree } from './supervisor.ts';
export { worker } from './worker.ts';
