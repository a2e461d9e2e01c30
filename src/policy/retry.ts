import { MAX_TIMEOUT, type Retry, TroupeError, waitOf } from '../model/index.ts';

/** Failures that another try cannot mend: the same input would meet the same end. */
const PERMANENT = new Set([
  'TaskNotFound',
  'NotSerializable',
  'PoolClosed',
  'RuntimeClosed',
  'InvalidInput',
]);

/**
 * Milliseconds until the next try, or undefined when there is to be none.
 *
 * @param attempt the tries that failed so far, 1 or more
 * @param random in [0, 1)
 */
export function retryDelay(
  retry: Retry,
  attempt: number,
  error: Error,
  random: number,
): number | undefined {
  if (attempt >= retry.attempts) return undefined;
  if (TroupeError.is(error) && PERMANENT.has(error.code)) return undefined;
  const delay = Math.max(delayOf(retry, attempt, random), breakOf(error));
  return delay > 0 ? Math.min(delay, MAX_TIMEOUT) : 0;
}

/** What a breaker holds back is not tried again before the breaker would let it through. */
function breakOf(error: Error): number {
  if (!TroupeError.is(error, 'BreakerOpen')) return 0;
  return waitOf(error.details.retryAfter) ?? 0;
}

/** The caller's own function must not harm the execution: one that throws asks for no wait. */
function delayOf(retry: Retry, attempt: number, random: number): number {
  try {
    return Number(retry.delay(attempt, random));
  } catch {
    return 0;
  }
}
