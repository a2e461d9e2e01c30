/**
 * What one hung thread does to the others. A task in an endless loop is to be ended after its timeout,
 * which takes the end of its thread.
 *
 * - `/p99`: two threads, a task of 1 ms every 4 ms. The 99th percentile of their times while a thread
 *   hangs, is ended and replaced, against the same without.
 * - `/detection`: one thread. Milliseconds from the deadline of the hung task to the result of the tiny
 *   task that waits behind it: its thread has been ended by then, and the replacement has started.
 *
 * The subject is the public runtime. A task that is asked to stop has a grace of 100 ms there, which
 * is part of `/detection`.
 *
 * - piscina, tinypool: an `AbortSignal.timeout` ends the thread at once. They know no grace.
 * - workerpool: its `timeout`, with `workerTerminateTimeout` at 100 ms, which is its grace.
 * - poolifier ends no thread that hangs: its abort asks the worker, which cannot hear.
 */

import { ours, peer } from '../harness/contestant.ts';
import type { Scenario } from '../harness/scenario.ts';

const GRACE = 100;

export const poolHungNeighbour: Scenario = {
  name: 'pool-hung-neighbour',
  summary: 'tasks of 1 ms beside a thread that hangs, is ended and replaced',
  unit: '× p99 without',
  higherIsBetter: false,
  variants: [
    {
      name: 'p99',
      parameters: {
        measure: 'neighbours',
        threads: 2,
        task: 'incrementSlowly',
        timeoutMs: 300,
        hangs: 5,
        intervalMs: 4,
        sliceMs: 600,
      },
    },
    {
      name: 'detection',
      parameters: {
        measure: 'detection',
        threads: 1,
        task: 'increment',
        timeoutMs: 100,
        hangs: 5,
      },
      unit: 'ms',
    },
  ],
  parameters: {},
  quickParameters: { timeoutMs: 50, hangs: 1, sliceMs: 300 },
  timeLimitMs: 30_000,
  subject: ours('pool-hung-neighbour', { grace: GRACE }),
  peers: [
    peer('piscina', 'piscina'),
    peer('tinypool', 'tinypool'),
    peer('workerpool', 'workerpool', { workerTerminateTimeout: GRACE }),
  ],
};
