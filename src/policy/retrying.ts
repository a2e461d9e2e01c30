import { checkRetry, exponential, type Retry } from '../model/index.ts';
import type { Layer, PolicyPorts } from './call.ts';
import { retryDelay } from './retry.ts';
import { sleep } from './sleep.ts';

/** @see retry */
export interface Retrying {
  readonly kind: 'retry';
  readonly retry: Retry;
}

/**
 * Runs a call's function again when it failed: as often, when and after which failures the back-off
 * says. What no other try can mend is not tried again, nor anything after the signal aborted.
 *
 * @param backOff `constant()`, `linear()`, `exponential()`, `decorrelatedJitter()`, or one of your
 *   own. @default exponential()
 * @throws TroupeError `InvalidOption`
 */
export function retry(backOff: Retry = exponential()): Retrying {
  checkRetry('retry', backOff);
  return Object.freeze({ kind: 'retry', retry: backOff });
}

export function retryLayer({ retry }: Retrying, { clock, random }: PolicyPorts): Layer {
  return async (call, next) => {
    const { signal } = call;
    const began = clock.now();
    let previous: number | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        const value = await next({ ...call, attempt });
        retry.budget?.succeeded();
        return value;
      } catch (error) {
        // It is not the try that failed then.
        signal.throwIfAborted();
        const elapsed = clock.now() - began;
        const failed = { attempt, error, random: random.next(), elapsed, previous };
        previous = retryDelay(retry, failed);
        if (previous === undefined) throw error;
      }
      await sleep(clock, previous, signal);
    }
  };
}
