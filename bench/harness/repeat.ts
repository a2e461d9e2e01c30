/** The measuring loop of scenarios that repeat one piece of work, the same for every contestant. */

export interface RepeatWindow {
  /** Not counted. */
  readonly warmupMs: number;
  readonly measureMs: number;
}

export interface Repeated {
  readonly operations: number;
  readonly ms: number;
}

/** Does a piece of work and returns how many operations it was. */
export type Batch = () => number | Promise<number>;

/**
 * Repeats the batch by the clock, first to warm up and then to count. A batch is counted as a
 * whole, from its beginning to its end; a wrong result inside is the batch's to throw.
 */
export async function repeat(
  batch: Batch,
  { warmupMs, measureMs }: RepeatWindow,
  now: () => number = () => performance.now(),
): Promise<Repeated> {
  await repeatFor(batch, warmupMs, now);
  return repeatFor(batch, measureMs, now);
}

export function perSecond({ operations, ms }: Repeated): number {
  return (operations / ms) * 1_000;
}

export function microsecondsEach({ operations, ms }: Repeated): number {
  return (ms / operations) * 1_000;
}

async function repeatFor(batch: Batch, atLeastMs: number, now: () => number): Promise<Repeated> {
  const begin = now();
  let operations = 0;
  for (;;) {
    operations += await batch();
    const ms = now() - begin;
    if (ms >= atLeastMs) return { operations, ms };
  }
}
