import { waitOf } from './retry-after.ts';

/**
 * The one error family. Every rejection and throw that troupe makes is a `TroupeError`; its `code`
 * says what happened, its `details` say to whom, and its `cause` keeps the original.
 */

/** Every code with what it means; `docs/errors.md` is the same table with what to do about each. */
export const ERROR_CODES = {
  InvalidOption: 'an option has the wrong type or is out of range',
  InvalidPipeline: 'a pipeline definition is malformed',
  EmptyPipeline: 'a pipeline has no steps',
  UnknownNeed: 'a step needs a step that the pipeline does not have',
  CyclicDependency: 'steps of a pipeline, or phases of a shutdown, need one another in a circle',
  DuplicateId: 'two things that must be told apart have the same id',
  InvalidInput:
    'an input does not satisfy its schema or makes no cache key, or an input function threw',
  InvalidOutput: 'what a task gave does not satisfy its schema',
  TaskModuleNotLoaded: 'a task module could not be found, parsed or evaluated',
  TaskNotFound: 'no loaded task module exports this task',
  ExecutorNotFound: 'no executor of this name is there',
  PipelineNotFound: 'no pipeline of this id is registered',
  ExecutionNotFound: 'no execution of this id is known',
  TaskFailed: 'a task threw; `cause` is what it threw',
  TaskTimeout: 'a task ran longer than its timeout',
  TaskCancelled: 'a task was cancelled before it settled',
  ExecutionFailed: 'an execution could not go on; `cause` says why',
  ExecutionCancelled: 'an execution was cancelled',
  ExecutionTimeout: 'an execution ran longer than its timeout',
  Timeout: 'a call took longer than its policy allows',
  QueueTimeout: 'a task waited for a worker longer than its queue timeout',
  WorkerCrashed: 'the worker running the task died of an error',
  WorkerExited: 'the task ended its worker with process.exit',
  WorkerOutOfMemory: 'the worker running the task ran out of heap',
  WorkerHung:
    'the worker was killed because a task did not yield in time, or longer than `hangTimeout`',
  HandshakeFailed: 'a worker started but did not get as far as taking tasks',
  RestartIntensityExceeded: 'a supervisor gave up: its children failed too often',
  StartFailed: 'a supervised child could not be started',
  ActorDown: 'an actor has ended; `cause` is why, if it failed',
  AskTimeout: 'an actor did not answer in time',
  NameTaken: 'another actor has this name',
  NameNotFound: 'no actor has this name',
  AlreadyStarted: 'a child of this id runs already; `details.ref` stands for it',
  AlreadyPresent: 'a child of this id is there and does not run',
  ChildNotFound: 'the supervisor has no such child',
  ChildRunning: 'the child runs; stop it first',
  ChildRestarting: 'the child is being restarted; stop it first',
  Overloaded: 'the runtime is at its limit; try again later',
  BreakerOpen: 'a circuit breaker holds calls back; try again later',
  NotSerializable: 'a value cannot travel between threads',
  PayloadTooLarge: 'a value is larger than the limit for what travels',
  JournalFailed: 'the journal refused a record; `cause` is why',
  ProtocolError: 'a message did not follow the protocol',
  InvalidState: 'the command makes no sense in the present state',
  PoolClosed: 'the pool is closed or closing',
  RuntimeClosed: 'the runtime is shut down or shutting down',
} as const;

/** @see ERROR_CODES */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What the error is about: names of fields, tasks, steps, executions, workers. Plain data only. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface TroupeErrorOptions {
  /** What led to this error; kept as it is. */
  readonly cause?: unknown;
  readonly details?: ErrorDetails;
}

export class TroupeError extends Error {
  override readonly name = 'TroupeError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: TroupeErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }

  /**
   * Recognises a `TroupeError`, also one of another copy of troupe, and optionally its code.
   *
   * @example if (TroupeError.is(error, 'TaskTimeout')) retryLater();
   */
  static is(value: unknown, code?: ErrorCode): value is TroupeError {
    if (!isError(value) || readText(value, 'name') !== 'TroupeError') return false;
    const found = readText(value, 'code');
    if (found === undefined || !Object.hasOwn(ERROR_CODES, found)) return false;
    return code === undefined || found === code;
  }

  /** The value itself if it is a `TroupeError`; otherwise one with `code` around it as cause. */
  static from(value: unknown, code: ErrorCode, prefix: string): TroupeError {
    if (TroupeError.is(value)) return value;
    return new TroupeError(code, `${prefix}: ${messageOf(value)}`, { cause: value });
  }

  toJSON(): ErrorRecord {
    return recordOf(this);
  }
}

/** A thrown value as plain data: for the wire, the journal and JSON. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly details?: ErrorDetails;
  /** Milliseconds for which whoever refused asked to be left alone. */
  readonly retryAfter?: number;
  readonly cause?: ErrorRecord;
}

/** A chain of causes longer than this is cut; it is also what ends a cyclic chain. */
const MAX_CAUSES = 8;

/** What a person would read of any thrown value; never throws itself. */
export function messageOf(value: unknown): string {
  if (isError(value)) return readText(value, 'message') ?? readText(value, 'name') ?? 'Error';
  try {
    return String(value);
  } catch {
    return 'a value that cannot be printed';
  }
}

/** Any thrown value as a plain record. Reads only own or inherited text, never calls `toJSON`. */
export function recordOf(value: unknown, depth = 0): ErrorRecord {
  if (!isError(value)) return { name: 'NonError', message: messageOf(value) };
  const code = readText(value, 'code');
  const stack = readText(value, 'stack');
  const retryAfter = waitOf(read(value, 'retryAfter'));
  const record = {
    name: readText(value, 'name') ?? 'Error',
    message: readText(value, 'message') ?? '',
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack }),
    ...(TroupeError.is(value) && { details: read(value, 'details') as ErrorDetails }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
  const cause = read(value, 'cause');
  if (cause === undefined || depth >= MAX_CAUSES) return record;
  return { ...record, cause: recordOf(cause, depth + 1) };
}

/** The language's own classes of errors that a record can tell by name. */
const BUILT_IN: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((it) => [
    it.name,
    it as ErrorConstructor,
  ]),
);

/**
 * The Error that a record describes: a `TroupeError` where it was one, one of the language's own
 * classes by its name, else a plain Error of that name.
 */
export function errorOf(record: ErrorRecord): Error {
  const options = record.cause === undefined ? {} : { cause: errorOf(record.cause) };
  const error = isOwnRecord(record)
    ? new TroupeError(record.code, record.message, { ...options, details: record.details ?? {} })
    : foreignError(record, options);
  if (record.stack !== undefined) hide(error, 'stack', record.stack);
  const { retryAfter } = record;
  return retryAfter === undefined ? error : Object.assign(error, { retryAfter });
}

function isOwnRecord(record: ErrorRecord): record is ErrorRecord & { code: ErrorCode } {
  return record.name === 'TroupeError' && Object.hasOwn(ERROR_CODES, record.code ?? '');
}

function foreignError({ name, message, code }: ErrorRecord, options: ErrorOptions): Error {
  const BuiltIn = BUILT_IN.get(name);
  const error = new (BuiltIn ?? Error)(message, options);
  if (BuiltIn === undefined) hide(error, 'name', name);
  return code === undefined ? error : Object.assign(error, { code });
}

function hide(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true });
}

/** A thrown object's traps and accessors are foreign code: they may throw, or answer anything. */
function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function read(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function readText(error: Error, key: 'name' | 'message' | 'stack' | 'code'): string | undefined {
  const value = read(error, key);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/**
 * The error for a bad option: names the field, what was expected and what came.
 *
 * @example invalidOption('threads', 'an integer from 1 to 1024', 0)
 */
export function invalidOption(field: string, expected: string, received: unknown): TroupeError {
  const shown = describe(received);
  return new TroupeError('InvalidOption', `${field} must be ${expected}, but got ${shown}`, {
    details: { field, expected, received: shown },
  });
}

/** A short rendering of a value for an error message; never throws itself. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(clip(value));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return clip(messageOf(value));
  try {
    return Array.isArray(value) ? `an array of ${value.length}` : `a ${classOf(value)} object`;
  } catch {
    return 'an object that cannot be looked at';
  }
}

/** Not `value.constructor`: an object may well have a field of this name. */
function classOf(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'plain';
}

const MAX_SHOWN = 80;

function clip(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

/** The error for a task that no loaded module has; lists those there are. */
export function taskNotFound(id: string, known: readonly string[]): TroupeError {
  const offer = known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`;
  return new TroupeError('TaskNotFound', `there is no task ${id}; ${offer}`, {
    details: { task: id },
  });
}

/** The error for a call that a breaker, or another gate, holds back; `retryAfter` is milliseconds. */
export function breakerOpen(
  { id, state }: { readonly id: string; readonly state: string },
  retryAfter: number,
  details: ErrorDetails = {},
): TroupeError {
  const message = `breaker ${id} is ${state}; try again in ${retryAfter} ms`;
  return new TroupeError('BreakerOpen', message, {
    details: { ...details, breaker: id, state, retryAfter },
  });
}
