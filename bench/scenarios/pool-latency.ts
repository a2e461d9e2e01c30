/**
 * How long a tiny task takes there and back when it is alone in a pool of two threads. The task is
 * `x + 1`, and the next is sent when the result of the last has come.
 *
 * Peers play as they come: what makes them fast with many in flight, more tasks at a time for each
 * worker, is of no use to one. The atomics of piscina and tinypool stay on: without them, or with
 * piscina's `async`, the median is up to a fifth slower. `recordTiming` makes no difference.
 */

import { ours, pools } from '../harness/contestant.ts';
import type { Scenario } from '../harness/scenario.ts';

export const poolLatency: Scenario = {
  name: 'pool-latency',
  summary: '2 threads, task x + 1 there and back, one in flight',
  unit: 'µs',
  higherIsBetter: false,
  variants: [
    { name: 'p50', parameters: { quantile: 0.5 } },
    { name: 'p99', parameters: { quantile: 0.99 } },
  ],
  parameters: {
    measure: 'latency',
    threads: 2,
    task: 'increment',
    warmupMs: 500,
    measureMs: 1_000,
  },
  quickParameters: { warmupMs: 50, measureMs: 100 },
  timeLimitMs: 30_000,
  subject: ours('pool'),
  peers: pools(),
};
