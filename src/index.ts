/** The public API: first what most people need, then what those need who extend troupe. */

// For users.
export type {
  ShutdownPhaseName,
  ShutdownReport,
  ShutdownTask,
  ShutdownTaskContext,
  ShutdownTaskId,
} from '../actors/index.ts';
export type { MemoryJournalOptions } from './journal/index.ts';
export { MemoryJournal } from './journal/index.ts';
export {
  type CachePolicy,
  type ConstantOptions,
  constant,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  type ErrorRecord,
  type ExecutionEvent,
  type ExecutionEventType,
  type ExecutionStatus,
  type ExponentialOptions,
  exponential,
  isTerminal,
  isTerminalEvent,
  type Retry,
  type RuntimeEvent,
  type ShutdownPhaseOptions,
  type ShutdownPhases,
  type StepStatus,
  type SupervisionNode,
  type TaskModule,
  type TaskReference,
  TroupeError,
  taskModule,
} from './model/index.ts';
// For those who extend it: other journals, dispatchers, clocks.
export type { Schema } from './pipeline/index.ts';
export {
  definePipeline,
  type Pipeline,
  type StepProgress,
  type StepScope,
  typed,
} from './pipeline/index.ts';
export type { ThreadLimits } from './pool/index.ts';
export type {
  Clock,
  Dispatcher,
  ExecutionSummary,
  Job,
  Journal,
  ListFilter,
  Logger,
  Random,
} from './ports/index.ts';
export {
  type AnyPipeline,
  type AnyTaskModule,
  createRuntime,
  type EndSignal,
  type EventsOptions,
  type Execution,
  type ExecutionView,
  ExitCode,
  endProcess,
  exitCodeOf,
  type Health,
  type ListenOptions,
  listenForSignals,
  type Queries,
  type Runtime,
  type RuntimeOptions,
  type ShutdownOptions,
  type SignalOptions,
  type Signals,
  type Spawned,
  type SpawnOptions,
  type StartOptions,
} from './runtime/index.ts';
export {
  compile,
  type FromTaskOptions,
  fromTask,
  persist,
  type TaskRunner,
} from './statechart/index.ts';
export type { LogLevel, Subscriber } from './telemetry/index.ts';
export type { TaskContext, TaskLog } from './worker/index.ts';
