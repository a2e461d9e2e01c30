import {
  checkCount,
  checkMilliseconds,
  checkNames,
  invalidOption,
  MAX_TIMEOUT,
  TroupeError,
} from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import { Gcra } from '../schedule/index.ts';
import type { Layer } from './call.ts';
import { WaitingLine } from './waiting-line.ts';

export interface RateLimitOptions {
  /** Runs of the function in each interval. */
  readonly limit: number;
  /** Milliseconds. @default 1000 */
  readonly interval?: number;
  /**
   * Runs that may begin at once after a pause. Together with the even rate, an interval may see
   * nearly `burst + limit` runs: where that is too many, use 1. @default limit
   */
  readonly burst?: number;
  /** What becomes of a run that is too early: it waits, or is `Overloaded`. @default 'wait' */
  readonly mode?: 'wait' | 'reject';
  /** Runs that may wait; one more is `Overloaded`. @default 1000 */
  readonly queue?: number;
}

/** @see rateLimit */
export interface RateLimit extends Required<RateLimitOptions> {
  readonly kind: 'rateLimit';
}

/**
 * Limits how often the function is run: evenly, after a burst (generic cell rate algorithm, ITU-T
 * I.371). Every try and every hedge counts. Those that wait go in order of arrival.
 *
 * @throws TroupeError `InvalidOption`
 */
export function rateLimit(options: RateLimitOptions): RateLimit {
  checkNames(options, ['limit', 'interval', 'burst', 'mode', 'queue']);
  const { limit, interval = 1_000, burst = limit, mode = 'wait', queue = 1_000 } = options;
  checkCount('limit', limit, 1);
  checkMilliseconds('interval', interval, 1);
  checkCount('burst', burst, 1);
  if (mode !== 'wait' && mode !== 'reject') throw invalidOption('mode', "'wait' or 'reject'", mode);
  checkCount('queue', queue, 0);
  return Object.freeze({ kind: 'rateLimit', limit, interval, burst, mode, queue });
}

export function rateLimitLayer(options: RateLimit, clock: Clock): Layer {
  const { limit, interval, burst, mode } = options;
  const queue = mode === 'wait' ? options.queue : 0;
  const rate = new Gcra(interval / limit, burst);
  let timer: unknown;
  const line = new WaitingLine(() => {
    clock.clearTimeout(timer);
    timer = undefined;
  });
  const letGo = () => {
    timer = undefined;
    while (line.size > 0 && rate.take(clock.now())) line.next();
    if (line.size > 0) arm();
  };
  const arm = () => {
    timer = clock.setTimeout(letGo, Math.min(rate.wait(clock.now()), MAX_TIMEOUT));
  };
  return async (call, next) => {
    // Nobody overtakes those who wait.
    if (line.size > 0 || !rate.take(clock.now())) {
      if (line.size >= queue) {
        const ahead = (line.size * interval) / limit;
        throw overloaded(options, rate.wait(clock.now()) + ahead);
      }
      const turn = line.join(call.signal);
      if (timer === undefined) arm();
      await turn;
    }
    return next(call);
  };
}

function overloaded({ limit, interval }: RateLimit, retryAfter: number): TroupeError {
  const message = `more than ${limit} calls in ${interval} ms; try again in ${Math.ceil(retryAfter)} ms`;
  return new TroupeError('Overloaded', message, { details: { limit, interval, retryAfter } });
}
