/**
 * What a child costs, from its making to its end, while so many others live under the same parent,
 * and how much heap each of those holds. All run `charts/execution.ts`. A thousand
 * are made on top of those that are there and end again, which is what one more costs; or as many of
 * the oldest end instead (`-oldest`), each after a life as long as those of all the others: then the
 * price is the collector's, who has copied and marked what dies.
 *
 * - The subject is the project's own dynamic supervisor.
 * - XState: a machine that uses `spawn` and `stopChild`. Both copy the table of children, so it plays
 *   at 1k only: at 10k a child takes it milliseconds, and merely to make 100k would take minutes.
 * - Erlang: a `gen_statem` under a `simple_one_for_one` supervisor. It needs its limit of processes
 *   raised, which is 262,144 as it comes.
 */

import { ours, peer } from '../harness/contestant.ts';
import { erlang } from '../harness/erlang.ts';
import type { Scenario, Variant } from '../harness/scenario.ts';

export const supervisionScale: Scenario = {
  name: 'supervision-scale',
  summary: 'a child made and ended while so many others live under its parent',
  unit: 'µs/child',
  higherIsBetter: false,
  variants: [
    live('100k', 100_000, 'newest'),
    live('1k', 1_000, 'newest'),
    live('10k', 10_000, 'newest'),
    live('500k', 500_000, 'newest'),
    live('1k-oldest', 1_000, 'oldest'),
    live('100k-oldest', 100_000, 'oldest'),
    {
      name: 'heap',
      parameters: { live: 100_000, measure: 'heap' },
      unit: 'bytes/child',
    },
  ],
  parameters: { warmupMs: 500, measureMs: 1_000 },
  quickParameters: { live: 100, warmupMs: 20, measureMs: 50 },
  timeLimitMs: 60_000,
  subject: ours('supervision-scale', { strategy: 'dynamic' }),
  peers: [
    peer(
      'xstate',
      'xstate-supervision',
      {},
      { name: 'xstate spawn', variants: ['1k', '1k-oldest'] },
    ),
    erlang('erlang', 'supervision_scale', ['+P', '1000000']),
    erlang('erlang S1', 'supervision_scale', ['+P', '1000000', '+S', '1']),
  ],
};

function live(name: string, count: number, ends: 'newest' | 'oldest'): Variant {
  return { name, parameters: { live: count, ends, measure: 'time' } };
}
