/** The tasks of the scenarios of pools: every contestant runs these very functions. */

import type { Order } from '../harness/work.ts';

export function increment(x: number): number {
  return x + 1;
}

export function revise(order: Order): Order {
  order.revision += 1;
  return order;
}
