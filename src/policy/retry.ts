import {
  invalidOption,
  MAX_TIMEOUT,
  messageOf,
  type Retry,
  recordOf,
  retryAfterOf,
  TroupeError,
} from '../model/index.ts';
import { asks, heeded } from './predicate.ts';

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
 * @throws TroupeError `InvalidOption` when `retryIf` or `delay` throws, or a delay is no wait
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

/** What the caller's own back-off says, if that is a wait. */
function backOff(retry: Retry, { attempt, random, previous, error }: FailedTry): number {
  const given = heeded('delay', error, () => retry.delay(attempt, random, previous));
  if (typeof given === 'number' && given >= 0 && given <= MAX_TIMEOUT) return given;
  const { message, details } = invalidOption('delay', MILLISECONDS, given);
  throw new TroupeError('InvalidOption', `${message}; it was asked about: ${messageOf(error)}`, {
    cause: error,
    details: { ...details, failure: recordOf(error) },
  });
}

const MILLISECONDS = `milliseconds from 0 to ${MAX_TIMEOUT}`;
