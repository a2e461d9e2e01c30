import type { CallInfo, DeclaredCachePolicy, ErrorRecord } from '../model/index.ts';
import type { ValueNames } from './frame-encoder.ts';
import type { SentError } from './thrown.ts';

/**
 * The protocol between the host and a session: a frame is one buffer that holds a batch of
 * messages, a message is a tuple that begins with its kind. Tuples of numbers cost a third of
 * objects with named fields on the wire and in the decoder.
 */

/** Spoken in the handshake; a session of another version is refused. */
export const PROTOCOL_VERSION = 3;

/** Host → worker. */
export const HostKind = {
  run: 1,
  cancel: 2,
  close: 3,
  revoke: 4,
  ping: 5,
  message: 6,
  credit: 7,
} as const;

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
  emit: 9,
  chunk: 10,
  taken: 11,
  revoked: 12,
  pong: 13,
  memory: 14,
  fatal: 15,
} as const;

/** What a user's value is called where it is refused; all else in a message is our own. */
export const HOST_VALUES: ValueNames = { [HostKind.run]: 'input', [HostKind.message]: 'message' };
export const WORKER_VALUES: ValueNames = {
  [WorkerKind.result]: 'output',
  [WorkerKind.progress]: 'progress',
  [WorkerKind.log]: 'fields',
  [WorkerKind.emit]: 'event',
  [WorkerKind.chunk]: 'piece',
};

/** What the host wants of a run besides its outcome: any of these, added. */
export const RunFlag = {
  /** A `started` message, so that the host can start the task's clock. */
  announce: 1,
  /** What the task yields, piece by piece, as far as the host gives credit. */
  stream: 2,
} as const;

/** Run a task: `task` indexes the hello's list. */
export type RunMessage = readonly [
  kind: typeof HostKind.run,
  job: number,
  task: number,
  input: unknown,
  /** @see RunFlag */
  flags: number,
  info?: CallInfo,
];
/** End a job early, whether it waits or runs; its settling follows all the same. */
export type CancelMessage = readonly [kind: typeof HostKind.cancel, job: number, reason: SentError];
/** Finish what was taken, then say goodbye; 1 wants the thread to stay until it is ended from outside. */
export type CloseMessage = readonly [kind: typeof HostKind.close, stays: 0 | 1];
/** Give back up to so many jobs that have not started, the last first. */
export type RevokeMessage = readonly [kind: typeof HostKind.revoke, count: number];
/** Answer at once, if the event loop turns. */
export type PingMessage = readonly [kind: typeof HostKind.ping, number: number];
/** Something for a task that runs, or will; dropped when it has ended. */
export type InboundMessage = readonly [kind: typeof HostKind.message, job: number, value: unknown];
/** The host takes so many more pieces of a stream. */
export type CreditMessage = readonly [kind: typeof HostKind.credit, job: number, count: number];

export type HostMessage =
  | RunMessage
  | CancelMessage
  | CloseMessage
  | RevokeMessage
  | PingMessage
  | InboundMessage
  | CreditMessage;

/** A task as the hello announces it. */
export type TaskAnnouncement = readonly [
  id: string,
  /** 1 when the task takes a context: then a call's info is of use to it. */
  takesContext: 0 | 1,
  /** Milliseconds from the start of the task, where its module declares a limit; else 0. */
  timeout: number,
  /** What its module declares of keeping its results, if it does. */
  cache?: DeclaredCachePolicy | null,
  /** Where its module declares that it runs, if it does. */
  executor?: string,
];

/** The session is ready: its version and its tasks, in a fixed order. */
export type HelloMessage = readonly [
  kind: typeof WorkerKind.hello,
  version: number,
  tasks: readonly TaskAnnouncement[],
];
/** The session cannot start: a task module did not load. */
export type RefusedMessage = readonly [kind: typeof WorkerKind.refused, error: ErrorRecord];
export type StartedMessage = readonly [kind: typeof WorkerKind.started, job: number];
/** In place of the time that it took, of a job that was cancelled before it started. */
export const NEVER_RAN = -1;

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
  error: SentError,
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
/** An event of the task's own. */
export type EmitMessage = readonly [
  kind: typeof WorkerKind.emit,
  job: number,
  name: string,
  value: unknown,
];
/** The next piece of a stream. */
export type ChunkMessage = readonly [kind: typeof WorkerKind.chunk, job: number, value: unknown];
/** The task took so many of the messages sent to it: there is room for as many more. */
export type TakenMessage = readonly [kind: typeof WorkerKind.taken, job: number, count: number];
/** These jobs will not be run: they are the host's again. */
export type RevokedMessage = readonly [kind: typeof WorkerKind.revoked, jobs: readonly number[]];
export type PongMessage = readonly [kind: typeof WorkerKind.pong, number: number];
/** What the thread holds, in bytes; told from time to time between tasks, where somebody wants it. */
export type MemoryMessage = readonly [
  kind: typeof WorkerKind.memory,
  heapUsed: number,
  external: number,
];

/** The last words of a process that dies of an error which nobody catches. */
export type FatalMessage = readonly [kind: typeof WorkerKind.fatal, error: SentError];

/** What a task says while it runs. */
export type TaskMessage =
  | StartedMessage
  | ProgressMessage
  | EmitMessage
  | ChunkMessage
  | TakenMessage
  | LogMessage;

export type WorkerMessage =
  | HelloMessage
  | RefusedMessage
  | StartedMessage
  | ResultMessage
  | ErrorMessage
  | ProgressMessage
  | LogMessage
  | GoodbyeMessage
  | EmitMessage
  | ChunkMessage
  | TakenMessage
  | RevokedMessage
  | PongMessage
  | MemoryMessage
  | FatalMessage;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A batch this large is sent at once; a smaller one at the end of the turn. */
export const MAX_BATCH = 256;

/** Messages to one task that are under way and that it has not taken: the host sends no more. */
export const INBOX_SIZE = 16;

/** The number after `job`: counts in 32 bits, round and round, and leaves out 0. */
export function nextJobNumber(job: number): number {
  return (job + 1) | 0 || 1;
}

/** True when `job` may not start, given the first that may not. Right over the turn of the count. */
export function isRecalled(job: number, first: number): boolean {
  return first !== 0 && ((job - first) | 0) >= 0;
}

/** True when `job` was started, given the job started last. Right over the turn of the count. */
export function hasStarted(job: number, startedLast: number): boolean {
  return startedLast !== 0 && ((startedLast - job) | 0) >= 0;
}
