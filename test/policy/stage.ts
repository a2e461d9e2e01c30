import { bindPolicy, type PolicyContext } from '../../src/policy/index.ts';
import { seededRandom, VirtualClock } from '../../src/testing/index.ts';

export { listeners } from '../support/listeners.ts';

/** Policies on a clock in the test's hand, and functions that take their time. */
export function stage(seed = 1) {
  const clock = new VirtualClock();
  const policy = bindPolicy({ clock, random: seededRandom(seed) });
  /** When each run began, and which it was. */
  const runs: { at: number; attempt: number; hedge: number }[] = [];

  /** A function that ends after `ms`, as `end` says; it stops when its signal aborts. */
  function takes<T>(ms: number, end: (run: PolicyContext) => T) {
    return (run: PolicyContext): Promise<T> => {
      runs.push({ at: clock.now(), attempt: run.attempt, hedge: run.hedge });
      return new Promise((resolve, reject) => {
        const abort = () => {
          clock.clearTimeout(timer);
          reject(run.signal.reason);
        };
        const timer = clock.setTimeout(() => {
          run.signal.removeEventListener('abort', abort);
          try {
            resolve(end(run));
          } catch (error) {
            reject(error);
          }
        }, ms);
        run.signal.addEventListener('abort', abort, { once: true });
      });
    };
  }

  return { clock, policy, runs, takes };
}

/** A promise's end, and when it came; pending until then. */
export function watch<T>(clock: VirtualClock, promise: Promise<T>) {
  const seen: { status: 'pending' | 'fulfilled' | 'rejected'; at: number; value: unknown } = {
    status: 'pending',
    at: Number.NaN,
    value: undefined,
  };
  const end = (status: 'fulfilled' | 'rejected') => (value: unknown) =>
    void Object.assign(seen, { status, at: clock.now(), value });
  void promise.then(end('fulfilled'), end('rejected'));
  return seen;
}

export function fails(message = 'no'): never {
  throw new Error(message);
}
