import { type ErrorRecord, errorOf, recordOf, TroupeError } from '../model/index.ts';
import { fieldsOf, isErrorLike } from './error-fields.ts';
import { isCloneable, isMovable } from './platform.ts';

/** An error on its way: a record where that says all of it, else the error itself. */
export type SentError = ErrorRecord | Error;

/** What a record keeps of an error's own properties. */
const RECORDED = ['name', 'message', 'stack', 'code', 'cause', 'details', 'retryAfter'];
/** Causes that a record keeps. */
const MAX_CAUSES = 8;

/**
 * A thrown value as it is sent. A record is packed into the frame; an error that has more to it (own
 * properties, errors of an AggregateError, a cause that is no error) travels beside, as it would
 * within any value.
 */
export function sentError(thrown: unknown): SentError {
  return isError(thrown) && !isRecordable(thrown, 0) && isReadable(thrown)
    ? thrown
    : recordOf(thrown);
}

/** The error that was thrown on the other side. */
export function receivedError(sent: SentError): Error {
  return sent instanceof Error ? sent : errorOf(sent);
}

/** Its traps and accessors are foreign code: they may throw. */
function isError(value: unknown): value is Error {
  try {
    return typeof value === 'object' && value !== null && isErrorLike(value);
  } catch {
    return false;
  }
}

/** Not so a Proxy whose traps throw: of it there is a record of what can be read, and no more. */
function isReadable(error: Error): boolean {
  try {
    fieldsOf(error);
    isMovable(error);
    isCloneable(error);
    return true;
  } catch {
    return false;
  }
}

function isRecordable(error: Error, depth: number): boolean {
  try {
    const { hidden, shown } = fieldsOf(error);
    if (hidden.includes('errors') || !shown.every((key) => RECORDED.includes(key))) return false;
    return hasRecordedClass(error) && hasRecordedFields(error) && hasRecordableCause(error, depth);
  } catch {
    return false;
  }
}

/** A class of one's own is told by its name alone, if it extends nothing but Error. */
function hasRecordedClass(error: Error): boolean {
  const { base } = fieldsOf(error);
  return base === 'Error' || base === 'TroupeError' || error.constructor?.name === base;
}

function hasRecordedFields(error: Error): boolean {
  const { code, details, retryAfter } = error as Error & Record<string, unknown>;
  if (code !== undefined && typeof code !== 'string') return false;
  if (retryAfter !== undefined && typeof retryAfter !== 'number') return false;
  return TroupeError.is(error) ? isFlat(details) : details === undefined;
}

function isFlat(details: unknown): boolean {
  const isObject = typeof details === 'object' && details !== null;
  return isObject && Object.values(details).every(isPrimitive);
}

function isPrimitive(value: unknown): boolean {
  return value === null || !['object', 'function', 'symbol'].includes(typeof value);
}

function hasRecordableCause(error: Error, depth: number): boolean {
  if (!('cause' in error)) return true;
  return depth < MAX_CAUSES && isError(error.cause) && isRecordable(error.cause, depth + 1);
}
