/** Who performs the statecharts: executions, workers, supervisors, circuit breakers and the shutdown, over the ports. */
export type { InstanceOptions, StartedChild } from './administration.ts';
export type { Breaker, BreakerMetrics, ExecuteOptions } from './breaker.ts';
export {
  type ChildHost,
  type Environment,
  IGNORE,
  type RunningChild,
  type Service,
  type ServiceRecipe,
  type StartChild,
  service,
} from './child.ts';
export { actor, type ChildStart } from './child-start.ts';
export type { ChildCounts, ListedChild } from './children.ts';
export { CircuitBreaker } from './circuit-breaker.ts';
export { Crew, type CrewSize } from './crew.ts';
export { type ExecutionDeps, ExecutionRun } from './execution.ts';
export { HealthMonitor, type RuntimePhase } from './health.ts';
export {
  Shutdown,
  type ShutdownPhaseName,
  type ShutdownReport,
  type ShutdownTask,
  type ShutdownTaskContext,
  type ShutdownTaskId,
} from './shutdown.ts';
export {
  type Logic,
  type SpawnArguments,
  type Spawned,
  SpawnedActor,
  type SpawnOptions,
} from './spawned.ts';
export type { PieceReader } from './step-job.ts';
export { Supervisor } from './supervisor.ts';
export { SupervisorHandle, subtree, supervisor, type TreeOptions } from './tree.ts';
