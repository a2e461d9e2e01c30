import {
  type ErrorCode,
  type ExitReason,
  messageOf,
  type TaskModuleSource,
  TroupeError,
} from '../model/index.ts';

const DEATHS: Record<ExitReason['kind'], readonly [ErrorCode, string]> = {
  normal: ['WorkerExited', 'ended its worker'],
  shutdown: ['PoolClosed', 'was interrupted: the pool closed'],
  error: ['WorkerCrashed', 'crashed its worker'],
  killed: ['WorkerHung', 'was killed with its worker'],
  hung: ['WorkerHung', 'hung and was killed with its worker'],
  out_of_memory: ['WorkerOutOfMemory', 'ran its worker out of memory'],
  exited: ['WorkerExited', 'ended its worker'],
  handshake_failed: ['HandshakeFailed', 'met a worker that did not start'],
};

/** What a task is told whose worker has died. */
export function deathOf(
  task: string,
  worker: string,
  { kind, error }: ExitReason,
  { hasBegun = true, culprit }: Circumstances = {},
): TroupeError {
  const [code, what] = DEATHS[kind];
  const how = hasBegun ? what : `had not begun when ${worker} ended`;
  const whose = culprit === undefined ? '' : `, because ${culprit} did not stop`;
  const why = error === undefined ? '' : `: ${messageOf(error)}`;
  return new TroupeError(code, `task ${task} ${how}${whose}${why}`, {
    ...(error !== undefined && { cause: error }),
    details: { task, worker, reason: kind, ...(culprit !== undefined && { culprit }) },
  });
}

interface Circumstances {
  /** False for one that was to run there and nowhere else. */
  readonly hasBegun?: boolean;
  /** Another task of that worker, which did not stop when it was asked to. */
  readonly culprit?: string | undefined;
}

/** What a task threw, as its caller is told. */
export function taskFailed(task: string, worker: string, cause: Error): TroupeError {
  const details = { task, worker };
  if (TroupeError.is(cause, 'NotSerializable') || TroupeError.is(cause, 'PayloadTooLarge')) {
    return new TroupeError(cause.code, `output of task ${task}: ${cause.message}`, {
      cause,
      details: { ...cause.details, ...details },
    });
  }
  // A schema's refusal is no failure of the task.
  if (TroupeError.is(cause, 'InvalidInput') || TroupeError.is(cause, 'InvalidOutput')) {
    return new TroupeError(cause.code, cause.message, { cause, details });
  }
  return new TroupeError('TaskFailed', `task ${task} failed: ${cause.message}`, {
    cause,
    details,
  });
}

/** Of a worker that ended before it took tasks. */
export function noHandshake(
  worker: string,
  given: ExitReason | undefined,
  sources: readonly TaskModuleSource[],
): TroupeError {
  const modules = sources.map(({ name }) => name);
  const cause = given?.error;
  const why = cause === undefined ? 'it did not say hello in time' : messageOf(cause);
  const message = `${worker} ended before it could take tasks of ${modules.join(', ')}: ${why}`;
  return new TroupeError('HandshakeFailed', message, {
    ...(cause !== undefined && { cause }),
    details: { worker, modules },
  });
}

/** What a session says of why it cannot start; where that is no module that did not load, with its worker. */
export function notStarted(worker: string, refusal: Error): Error {
  if (!TroupeError.is(refusal, 'HandshakeFailed')) return refusal;
  const { message, cause, details } = refusal;
  return new TroupeError('HandshakeFailed', `${worker} could not start: ${message}`, {
    cause,
    details: { ...details, worker },
  });
}

export function ranTooLong(task: string, worker: string, timeout: number): TroupeError {
  const details = { task, timeout, worker };
  return new TroupeError('TaskTimeout', `task ${task} ran longer than ${timeout} ms`, { details });
}

/** An input cannot travel. */
export function inputStays(task: string, cause: TroupeError): TroupeError {
  const { code, details } = cause;
  const message = `input of task ${task}: ${cause.message}`;
  return new TroupeError(code, message, { cause, details: { ...details, task } });
}

const ENDS = ['TaskCancelled', 'TaskTimeout', 'ExecutionCancelled', 'ExecutionTimeout'] as const;

/** What a task throws that stops because it was asked to: the reason it was given, or what Node makes of it. */
export function wasAskedFor(error: Error, reason: Error | undefined): boolean {
  if (error.name === 'AbortError') return true;
  if (!TroupeError.is(error)) return false;
  const isReason = TroupeError.is(reason) && error.code === reason.code;
  return isReason || ENDS.some((code) => error.code === code);
}
