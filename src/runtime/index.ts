/** The composition root: options, the runtime, its commands and queries. */
export type { SpawnArguments, Spawned, SpawnOptions } from '../../actors/index.ts';
export type { AdmissionOptions, Overflow } from './admission.ts';
export type { RunOptions, StartOptions } from './commands.ts';
export { createRuntime } from './create-runtime.ts';
export type { EventsOptions, Execution } from './execution.ts';
export type { PoolOptions } from './executor-options.ts';
export { type EndSignal, ExitCode, endProcess, exitCodeOf } from './exit.ts';
export type { AnyPipeline, AnyTaskModule, RuntimeOptions } from './options.ts';
export type { Executor, ExecutorContext } from './own-executor.ts';
export { policy } from './policy.ts';
export type { BroadcastOptions, Pool } from './pool-handle.ts';
export type { ExecutionView, Health, Queries } from './queries.ts';
export type { HealthChecks, Runtime, ShutdownOptions } from './runtime.ts';
export type { ScheduleOptions } from './schedule-options.ts';
export {
  type ListenOptions,
  listenForSignals,
  type SignalOptions,
  type Signals,
} from './signals.ts';
export type { StreamOptions, TaskStream } from './task-stream.ts';
export type { ThreadRange } from './thread-options.ts';
