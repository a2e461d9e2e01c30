import type { ErrorRecord } from '../model/index.ts';

/**
 * The protocol between the host and a session: a frame is one buffer that holds a batch of
 * messages, a message is a tuple that begins with its kind. Tuples of numbers cost a third of
 * objects with named fields on the wire and in the decoder.
 */

/** Spoken in the handshake; a session of another version is refused. */
export const PROTOCOL_VERSION = 1;

/** Host → worker. */
export const HostKind = { run: 1, cancel: 2, close: 3 } as const;

/** Worker → host. */
export const WorkerKind = {
  hello: 1,
  refused: 2,
  started: 3,
  result: 4,
  error: 5,
  progress: 6,
  log: 7,
  goodbye: 8,
} as const;

/** Run a task: `[kind, job, task, input, announce]`; `task` indexes the hello's list. */
export type RunMessage = readonly [
  kind: typeof HostKind.run,
  job: number,
  task: number,
  input: unknown,
  /** 1 asks for a `started` message, so that the host can start the task's clock. */
  announce: 0 | 1,
];
/** End a job early, whether it waits or runs; its settling follows all the same. */
export type CancelMessage = readonly [
  kind: typeof HostKind.cancel,
  job: number,
  reason: ErrorRecord,
];
/** Finish what was taken, then say goodbye. */
export type CloseMessage = readonly [kind: typeof HostKind.close];

export type HostMessage = RunMessage | CancelMessage | CloseMessage;

/** The session is ready: its version and the ids of its tasks, in a fixed order. */
export type HelloMessage = readonly [
  kind: typeof WorkerKind.hello,
  version: number,
  tasks: readonly string[],
];
/** The session cannot start: a task module did not load. */
export type RefusedMessage = readonly [kind: typeof WorkerKind.refused, error: ErrorRecord];
export type StartedMessage = readonly [kind: typeof WorkerKind.started, job: number];
/** `elapsed` is milliseconds from start to end, as the worker measured it. */
export type ResultMessage = readonly [
  kind: typeof WorkerKind.result,
  job: number,
  output: unknown,
  elapsed: number,
];
export type ErrorMessage = readonly [
  kind: typeof WorkerKind.error,
  job: number,
  error: ErrorRecord,
  elapsed: number,
];
export type ProgressMessage = readonly [
  kind: typeof WorkerKind.progress,
  job: number,
  value: unknown,
];
export type LogMessage = readonly [
  kind: typeof WorkerKind.log,
  job: number,
  level: LogLevel,
  fields: Readonly<Record<string, unknown>>,
  message: string,
];
/** The last message: every job taken has been settled. */
export type GoodbyeMessage = readonly [kind: typeof WorkerKind.goodbye];

export type WorkerMessage =
  | HelloMessage
  | RefusedMessage
  | StartedMessage
  | ResultMessage
  | ErrorMessage
  | ProgressMessage
  | LogMessage
  | GoodbyeMessage;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A batch this large is sent at once; a smaller one at the end of the turn. */
export const MAX_BATCH = 256;

/** The slots of the memory that host and session share, as an `Int32Array`. */
export const SharedSlot = {
  /**
   * The job started last. Jobs are numbered in the order they are sent to a session and started in
   * that order, so that a death tells the started from the merely prefetched.
   */
  started: 0,
  /** The job that is asked to stop, 0 when none is: a synchronous loop can look at it. */
  cancelled: 1,
  /** Counts up while the thread's event loop turns. */
  heartbeat: 2,
  length: 3,
} as const;

/** The number after `job`: counts in 32 bits, round and round, and leaves out 0. */
export function nextJobNumber(job: number): number {
  return (job + 1) | 0 || 1;
}

/** True when `job` was started, given the job started last. Right over the turn of the count. */
export function hasStarted(job: number, startedLast: number): boolean {
  return startedLast !== 0 && ((startedLast - job) | 0) >= 0;
}
