/**
 * How many tiny tasks a pool of two threads completes per second. The task is `x + 1`: it costs
 * nothing, so what is measured is the pool itself, submitting, crossing the threads, settling. Of
 * `/object` it takes and gives a record of about 300 bytes, two levels deep, which pools must copy
 * both ways.
 *
 * Peers play at the best settings of their own documentation, tried on this task at 1,024, 64, 8
 * and 1 in flight; where these disagree, 1,024 decides:
 * - piscina: as it comes; and with 64 or 1,024 tasks at a time per worker, without timing records.
 *   `atomics` stays at its default: `disabled` is no better beyond the noise, except perhaps at 8.
 * - tinypool: 64 or 1,024 tasks at a time per worker. `useAtomics` stays on: off is 5 to 10 %
 *   slower at 1,024, though as much faster at 8.
 * - poolifier: `enableTasksQueue` off. On with its default concurrency of 1 it drops to a quarter,
 *   on with 1,024 it is equal at 1,024 and a little slower at 64. LEAST_USED (its default) is ahead
 *   of ROUND_ROBIN and LEAST_BUSY. Events are off, they are only work.
 * - workerpool: it has one task at a time per worker and nothing to tune but the workers' number.
 */

import { ours, peer } from '../harness/contestant.ts';
import type { JsonObject, Scenario, Variant } from '../harness/scenario.ts';

export const poolThroughput: Scenario = {
  name: 'pool-throughput',
  summary: '2 threads, task x + 1, a constant number of tasks in flight',
  unit: 'tasks/s',
  higherIsBetter: true,
  variants: [
    inFlight(1_024),
    inFlight(64),
    inFlight(8),
    inFlight(1),
    { name: 'object', parameters: { task: 'revise', inFlight: 1_024 } },
  ],
  parameters: {
    measure: 'throughput',
    threads: 2,
    task: 'increment',
    warmupMs: 500,
    measureMs: 1_000,
  },
  quickParameters: { warmupMs: 50, measureMs: 100 },
  timeLimitMs: 30_000,
  subject: ours('pool'),
  peers: [
    peer('piscina', 'piscina'),
    peer('piscina', 'piscina', piscina(64), { name: 'piscina c64' }),
    peer('piscina', 'piscina', piscina(1_024), { name: 'piscina c1024' }),
    peer('tinypool', 'tinypool', tinypool(64), { name: 'tinypool c64' }),
    peer('tinypool', 'tinypool', tinypool(1_024), { name: 'tinypool c1024' }),
    peer('poolifier', 'poolifier'),
    peer('workerpool', 'workerpool'),
  ],
};

function inFlight(count: number): Variant {
  return { name: String(count), parameters: { inFlight: count } };
}

function piscina(concurrentTasksPerWorker: number): JsonObject {
  return { concurrentTasksPerWorker, recordTiming: false };
}

function tinypool(concurrentTasksPerWorker: number): JsonObject {
  return { concurrentTasksPerWorker };
}
