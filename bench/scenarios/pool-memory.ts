/**
 * What a tiny task costs in memory while it waits, with a million in the queue of two threads: heap
 * and external memory after collection. The task is `x + 1`.
 *
 * Whatever a pool posts to its threads at once is out of sight, a message in a port, so peers play
 * with few tasks at a time for each worker, as they come; poolifier with its queue on, without which
 * it posts everything.
 */

import { ours, peer } from '../harness/contestant.ts';
import type { Scenario } from '../harness/scenario.ts';

export const poolMemory: Scenario = {
  name: 'pool-memory',
  summary: 'a million tasks x + 1 that wait for two threads',
  unit: 'bytes/task',
  higherIsBetter: false,
  variants: [{ name: 'queued', parameters: {} }],
  parameters: { measure: 'memory', threads: 2, task: 'increment', tasks: 1_000_000 },
  quickParameters: { tasks: 10_000 },
  timeLimitMs: 60_000,
  subject: ours('pool'),
  peers: [
    peer('piscina', 'piscina'),
    peer('tinypool', 'tinypool'),
    peer('poolifier', 'poolifier', { enableTasksQueue: true }),
    peer('workerpool', 'workerpool'),
  ],
};
