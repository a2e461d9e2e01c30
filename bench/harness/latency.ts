/** The measuring loop of `pool-latency`, the same for every contestant. */

import type { RepeatWindow } from './repeat.ts';
import { quantile } from './statistics.ts';
import { check, numbers } from './work.ts';

export interface LatencyWindow extends RepeatWindow {
  /** Which of all round trips, from the fastest (0) to the slowest (1). */
  readonly quantile: number;
}

/** Microseconds of a round trip, one at a time: from the call to whoever awaits its result. */
export async function measureLatency(
  run: (x: number) => PromiseLike<unknown>,
  { quantile: q, warmupMs, measureMs }: LatencyWindow,
  now: () => number = () => performance.now(),
): Promise<number> {
  const trips: number[] = [];
  const begin = now();
  for (let x = 0; ; x++) {
    const sent = now();
    const y = await run(x);
    const came = now();
    check(numbers, x, y);
    if (sent - begin >= warmupMs) trips.push((came - sent) * 1_000);
    if (came - begin >= warmupMs + measureMs && trips.length > 0) return quantile(trips, q);
  }
}
