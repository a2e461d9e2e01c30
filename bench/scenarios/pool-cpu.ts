/**
 * What a pool makes of tasks that compute, each a loop calibrated to about 5 ms, eight in flight:
 *
 * - `/speed-up`: how many times faster two threads are than the same loop with no pool, on the main
 *   thread of the same process. Two quiet cores allow 2; those of a shared machine allow less, which
 *   `threads` shows: two threads of Node's, tasks posted to them in turn and nothing else.
 * - `/overhead`: the time that one thread takes, against the same loop with no pool: 1.01 is an
 *   overhead of 1 %.
 *
 * Peers play as they come. Two tasks at a time for each worker would keep the next one at hand, and
 * would make a short task wait behind a long one.
 */

import { ours, peer, pools } from '../harness/contestant.ts';
import type { Contestant, Scenario } from '../harness/scenario.ts';

/** No package: what Node itself has. */
const threads: Contestant = {
  ...peer('node', 'threads', {}, { name: 'threads' }),
  version: process.versions.node,
};

export const poolCpu: Scenario = {
  name: 'pool-cpu',
  summary: 'tasks of 5 ms CPU in a pool, against the same loop without one',
  unit: '× one thread',
  higherIsBetter: true,
  variants: [
    { name: 'speed-up', parameters: { measure: 'speed-up', threads: 2 } },
    {
      name: 'overhead',
      parameters: { measure: 'overhead', threads: 1 },
      unit: '× the bare loop',
      higherIsBetter: false,
    },
  ],
  parameters: { task: 'spin', taskMs: 5, warmUp: 20_000, tasks: 480, slices: 5, inFlight: 8 },
  quickParameters: { warmUp: 100, tasks: 8, slices: 1 },
  timeLimitMs: 60_000,
  subject: ours('pool'),
  peers: [...pools(), threads],
};
