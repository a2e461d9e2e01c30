/** The measuring loop of throughput scenarios, the same for every contestant. */

import { check, type Work } from './work.ts';

export interface ThroughputWindow {
  /** Tasks that are submitted and not settled: constant from the first to the last. */
  readonly inFlight: number;
  /** From the first result on; not counted. */
  readonly warmupMs: number;
  readonly measureMs: number;
}

/**
 * Clock readings are 1 in 16 results. Timers will not do here: a pool that drains its port
 * synchronously can hold them up for seconds, and its window would grow with them.
 */
const CLOCK_MASK = 0b1111;

/**
 * Completed tasks per second through a sliding window: each settled task is replaced at once,
 * so neither ramp-up nor drain is in the count. Every result is checked; a wrong one rejects.
 */
export async function measureThroughput(
  run: (input: unknown) => PromiseLike<unknown>,
  work: Work,
  { inFlight, warmupMs, measureMs }: ThroughputWindow,
  now: () => number = () => performance.now(),
): Promise<number> {
  check(work, -1, await run(work.input(-1)));
  const begin = now();
  let next = 0;
  let completed = 0;
  let counted: { readonly at: number; readonly completed: number } | undefined;
  let perSecond: number | undefined;

  function readClock(): void {
    const at = now();
    if (!counted) {
      if (at - begin >= warmupMs) counted = { at, completed };
    } else if (at - counted.at >= measureMs) {
      perSecond ??= ((completed - counted.completed) / (at - counted.at)) * 1_000;
    }
  }

  async function lane(): Promise<void> {
    while (perSecond === undefined) {
      const x = next;
      next += 1;
      check(work, x, await run(work.input(x)));
      completed += 1;
      if ((completed & CLOCK_MASK) === 0) readClock();
    }
  }

  await Promise.all(Array.from({ length: inFlight }, lane));
  return perSecond as unknown as number;
}
