import { checkMilliseconds, checkNames, invalidOption, TroupeError } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import type { Layer } from './call.ts';
import { Scope } from './scope.ts';

export interface TimeoutOptions {
  /**
   * Milliseconds for all tries and the waits between them, from when the call has its place in the
   * bulkhead. @default unlimited
   */
  readonly total?: number;
  /** Milliseconds for each run of the function, from when it begins. @default unlimited */
  readonly attempt?: number;
}

/** @see timeout */
export interface Timeout extends TimeoutOptions {
  readonly kind: 'timeout';
}

/**
 * Limits the time of a call, of each of its tries, or of both. A call, or try, whose time is up is
 * over at once with `Timeout`, also when its function does not heed the signal.
 *
 * @throws TroupeError `InvalidOption`
 */
export function timeout(options: TimeoutOptions): Timeout {
  checkNames(options, ['total', 'attempt']);
  const { total, attempt } = options;
  if (total === undefined && attempt === undefined) {
    throw invalidOption('timeout', 'given a total, an attempt, or both', options);
  }
  if (total !== undefined) checkMilliseconds('total', total, 1);
  if (attempt !== undefined) checkMilliseconds('attempt', attempt, 1);
  return Object.freeze({
    kind: 'timeout',
    ...(total !== undefined && { total }),
    ...(attempt !== undefined && { attempt }),
  });
}

export function timeoutLayer(scope: 'total' | 'attempt', ms: number, clock: Clock): Layer {
  return (call, next) => {
    let timer: unknown;
    const limited = new Scope(call.signal, () => clock.clearTimeout(timer));
    timer = clock.setTimeout(() => limited.abort(timedOut(scope, ms)), ms);
    return limited.run((signal) => next({ ...call, signal }));
  };
}

function timedOut(scope: 'total' | 'attempt', ms: number): TroupeError {
  const what = scope === 'total' ? 'the call' : 'a try of the call';
  return new TroupeError('Timeout', `${what} took longer than ${ms} ms`, {
    details: { scope, timeout: ms },
  });
}
