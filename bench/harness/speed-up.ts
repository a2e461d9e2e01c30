/** The measuring loop of `pool-cpu`, the same for every contestant. */

import { spin } from '../tasks/pool.ts';
import { median } from './statistics.ts';

/** Rounds of a task that warms up. */
const SHORT = 100;
/** Of so many tasks that warm up there is one more, of a quarter of the time. */
const LONGER = 5;

export interface SpeedUpParameters {
  /** Milliseconds that a task takes, about. */
  readonly taskMs: number;
  /**
   * Short tasks that are played first: what runs every 5 ms is compiled for a minute, by threads that take
   * the processors from the pool. A fifth as many longer ones follow, for what a pool does only then.
   */
  readonly warmUp: number;
  /** Tasks of one slice. */
  readonly tasks: number;
  /** So many slices of each kind, turn by turn. */
  readonly slices: number;
  /** Tasks that are submitted and not settled. */
  readonly inFlight: number;
}

/**
 * How many times faster a pool gets through the tasks than this thread does by itself, here and now.
 * The two take turns, so that whatever else the machine does falls on both alike; the median of the
 * pairs. A pool begins each slice idle and ends it so.
 */
export async function measureSpeedUp(
  run: (rounds: number) => PromiseLike<unknown>,
  { taskMs, warmUp, tasks, slices, inFlight }: SpeedUpParameters,
): Promise<number> {
  const rounds = calibrate(taskMs);
  const expected = spin(rounds);

  function alone(): void {
    for (let i = 0; i < tasks; i++) check(spin(rounds), expected);
  }

  const pooled = () => play(run, { rounds, tasks, inFlight });

  await play(run, { rounds: SHORT, tasks: warmUp, inFlight });
  await play(run, { rounds: Math.ceil(rounds / 4), tasks: warmUp / LONGER, inFlight });
  const ratios: number[] = [];
  for (let i = 0; i < slices; i++) ratios.push((await time(alone)) / (await time(pooled)));
  return median(ratios);
}

async function play(
  run: (rounds: number) => PromiseLike<unknown>,
  { rounds, tasks, inFlight }: { rounds: number; tasks: number; inFlight: number },
): Promise<void> {
  const expected = spin(rounds);
  let left = tasks;
  async function lane(): Promise<void> {
    while (left-- > 0) check(await run(rounds), expected);
  }
  await Promise.all(Array.from({ length: inFlight }, lane));
}

function check(output: unknown, expected: number): void {
  if (output !== expected) throw new Error(`wrong result: expected ${expected}, got ${output}`);
}

/** Rounds of `spin` that take so many milliseconds, once they are compiled. */
function calibrate(ms: number): number {
  spin(1_000_000);
  for (let rounds = 10_000; ; rounds *= 2) {
    const took = fastest(() => spin(rounds));
    if (took >= ms) return Math.ceil((rounds * ms) / took);
  }
}

/** Of several tries, so that whoever takes the processor meanwhile does not make the tasks small. */
function fastest(work: () => void): number {
  const tries = Array.from({ length: 5 }, () => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  });
  return Math.min(...tries);
}

async function time(work: () => void | Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
