/** The tasks of the scenarios of pools: every contestant runs these very functions. */

import type { Order } from '../harness/work.ts';

export function increment(x: number): number {
  return x + 1;
}

export function revise(order: Order): Order {
  order.revision += 1;
  return order;
}

/**
 * Computes and touches no memory: so many rounds of a generator of pseudo-random numbers (xorshift32,
 * Marsaglia 2003). It shifts and nothing else: a compiler that guesses whether a sum overflows makes of
 * one that adds, after some hundred calls, one that is six times slower (Node 24).
 */
export function spin(rounds: number): number {
  let state = 1;
  for (let i = 0; i < rounds; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}

/** Counts up the first byte. */
export function stamp(bytes: Uint8Array): Uint8Array {
  bytes[0] = Number(bytes[0]) + 1;
  return bytes;
}

/** As `increment`, and takes its thread for a millisecond. */
export function incrementSlowly(x: number): number {
  const end = performance.now() + 1;
  while (performance.now() < end);
  return x + 1;
}

/** Never gives its thread back. */
export function hang(): never {
  for (;;);
}
