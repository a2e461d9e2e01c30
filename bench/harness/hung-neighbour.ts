/** The measuring loops of `pool-hung-neighbour`, the same for every contestant. */

import { setTimeout as sleep } from 'node:timers/promises';
import { median, quantile } from './statistics.ts';
import { check, numbers } from './work.ts';

export interface HangParameters {
  /** Milliseconds after which a task that hangs is to be ended. */
  readonly timeoutMs: number;
  /** How often one hangs. */
  readonly hangs: number;
}

export interface NeighbourParameters extends HangParameters {
  /** Milliseconds between two neighbours. */
  readonly intervalMs: number;
  /** Milliseconds for which neighbours come: longer than a hung thread and its replacement take. */
  readonly sliceMs: number;
}

/** Milliseconds, and how to wait for some. */
export interface Watch {
  now(): number;
  sleep(ms: number): Promise<void>;
}

const REAL: Watch = { now: () => performance.now(), sleep: (ms) => sleep(ms) };

interface HangingPool {
  run(x: number): PromiseLike<unknown>;
  /** A task that never ends by itself, and is to be ended after so many milliseconds. */
  hang(timeoutMs: number): PromiseLike<unknown>;
}

/**
 * 99 of 100 tasks that come at a steady rate take at most so many times longer while one thread
 * hangs, is ended and replaced than while none does. Slices without and with a hung thread take turns;
 * the median of the pairs, so that one disturbed slice moves little.
 */
export async function measureNeighbours(
  pool: HangingPool,
  parameters: NeighbourParameters,
  watch = REAL,
): Promise<number> {
  const { timeoutMs, hangs } = parameters;
  await playSlice(pool, parameters, watch);
  const ratios: number[] = [];
  for (let i = 0; i < hangs; i++) {
    const calm = await playSlice(pool, parameters, watch);
    const hung = failing(pool.hang(timeoutMs));
    const [beside] = await Promise.all([playSlice(pool, parameters, watch), hung]);
    ratios.push(quantile(beside, 0.99) / quantile(calm, 0.99));
  }
  return median(ratios);
}

/**
 * Milliseconds from the deadline of a task that hangs on a pool's only thread to the result of the
 * tiny task behind it: then the thread is ended, and its replacement has taken over. The median.
 */
export async function measureDetection(
  pool: HangingPool,
  { timeoutMs, hangs }: HangParameters,
  watch = REAL,
): Promise<number> {
  check(numbers, -1, await pool.run(-1));
  const delays: number[] = [];
  for (let x = 0; x < hangs; x++) {
    const deadline = watch.now() + timeoutMs;
    const hung = failing(pool.hang(timeoutMs));
    const [{ y, at }] = await Promise.all([timed(pool, x, watch), hung]);
    check(numbers, x, y);
    delays.push(at - deadline);
  }
  return median(delays);
}

/** Milliseconds that each task took. One that is late to be sent is sent with the next. */
async function playSlice(
  pool: HangingPool,
  { intervalMs, sliceMs }: NeighbourParameters,
  watch: Watch,
): Promise<number[]> {
  const tasks: Promise<Timed>[] = [];
  const begin = watch.now();
  for (let elapsed = 0; elapsed < sliceMs; elapsed = watch.now() - begin) {
    while (tasks.length * intervalMs <= elapsed) tasks.push(timed(pool, tasks.length, watch));
    await watch.sleep(1);
  }
  const done = await Promise.all(tasks);
  return done.map(({ y, sent, at }, x) => {
    check(numbers, x, y);
    return at - sent;
  });
}

interface Timed {
  readonly y: unknown;
  readonly sent: number;
  readonly at: number;
}

async function timed(pool: HangingPool, x: number, watch: Watch): Promise<Timed> {
  const sent = watch.now();
  const y = await pool.run(x);
  return { y, sent, at: watch.now() };
}

/** @throws when the task that never ends has a result */
async function failing(hung: PromiseLike<unknown>): Promise<void> {
  const hasResult = await hung.then(
    () => true,
    () => false,
  );
  if (hasResult) throw new Error('a task that hangs has a result');
}
