/**
 * What one life of an execution costs: made, started, three events, final, its parent told. The
 * chart is `charts/execution.ts`, the same object for every JavaScript contestant: a context made
 * of the input, two assigning steps, a guard, an output.
 *
 * - The subject compiles the chart and makes children with `spawnActor` below a machine that counts
 *   their ends.
 * - XState in its cheapest form: `createActor` with `{ parent, id, input }` and nothing else, which
 *   spares it the table of children that `spawn` copies, below the barest logic that can count; a
 *   machine as the parent, and `spawn`, cost it more.
 * - Erlang: a `gen_statem` with state functions, a temporary child of a `simple_one_for_one`
 *   supervisor, driven by casts; as it comes, and with one scheduler.
 */

import { ours, peer } from '../harness/contestant.ts';
import { erlang } from '../harness/erlang.ts';
import type { Scenario } from '../harness/scenario.ts';

export const statechartLifecycle: Scenario = {
  name: 'statechart-lifecycle',
  summary: 'an execution made, started, sent three events and done, its parent told',
  unit: 'µs/lifecycle',
  higherIsBetter: false,
  variants: [{ name: 'execution', parameters: {} }],
  parameters: { warmupMs: 500, measureMs: 1_000 },
  quickParameters: { warmupMs: 20, measureMs: 50 },
  timeLimitMs: 30_000,
  subject: ours('statechart-lifecycle'),
  peers: [
    peer('xstate', 'xstate-lifecycle', { spawns: 'createActor with parent, id and input' }),
    erlang('erlang', 'statechart_lifecycle', []),
    erlang('erlang S1', 'statechart_lifecycle', ['+S', '1']),
  ],
};
