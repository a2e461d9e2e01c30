import { MAX_TIMEOUT, type Retry, retryAfterOf, TroupeError } from '../model/index.ts';
import { asks } from './predicate.ts';

/** Failures that another try cannot mend: the same input would meet the same end. */
const PERMANENT = new Set([
  'TaskNotFound',
  'NotSerializable',
  'PayloadTooLarge',
  'PoolClosed',
  'RuntimeClosed',
  'InvalidInput',
]);

/** A try that failed. */
export interface FailedTry {
  /** The tries that failed so far, 1 or more. */
  readonly attempt: number;
  readonly error: unknown;
  /** In [0, 1). */
  readonly random: number;
  /** Milliseconds since the first try was begun; only asked for by a `maxElapsed`. @default 0 */
  readonly elapsed?: number;
  /** The wait before this try; before the first there was none. */
  readonly previous?: number | undefined;
  /** The budget has been told of this failure: the try was another call's, too. @default false */
  readonly isCounted?: boolean;
}

/**
 * Milliseconds until the next try, or undefined when there is to be none. Notes the failure in the
 * retry's budget: ask once for each.
 *
 * @throws TroupeError `InvalidOption` when `retryIf` throws
 */
export function retryDelay(retry: Retry, failed: FailedTry): number | undefined {
  const { attempt, error, elapsed = 0, isCounted = false } = failed;
  if (TroupeError.is(error) && PERMANENT.has(error.code)) return undefined;
  if (retry.retryIf !== undefined && !asks('retryIf', retry.retryIf, error)) return undefined;
  if (!isCounted) retry.budget?.failed();
  if (attempt >= retry.attempts || retry.budget?.exhausted) return undefined;
  const wait = Math.max(backOff(retry, failed), retryAfterOf(error) ?? 0);
  const { maxElapsed = Number.POSITIVE_INFINITY } = retry;
  // Nobody can wait that long, and to come too early is what was asked not to be done.
  if (wait > MAX_TIMEOUT || elapsed + wait > maxElapsed) return undefined;
  return wait;
}

/** The caller's own function must not harm the execution: one that throws asks for no wait. */
function backOff(retry: Retry, { attempt, random, previous }: FailedTry): number {
  try {
    const delay = Number(retry.delay(attempt, random, previous));
    return delay > 0 ? Math.min(delay, MAX_TIMEOUT) : 0;
  } catch {
    return 0;
  }
}
