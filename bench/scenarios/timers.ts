/**
 * What a state with a timeout costs, entered and left before its time (`/state`), and an actor that
 * is made, enters such a state and ends in it (`/actor`), while so many other actors wait in theirs.
 *
 * - The subject compiles `charts/waiting.ts`; its system runs on the bench's clock, `setTimeout`.
 * - XState: the same chart, `createActor` with a parent, its own clock. Whatever actor stops, it looks
 *   at every timer of the system.
 * - Erlang: a `gen_statem` with a `state_timeout`.
 */

import { ours, peer } from '../harness/contestant.ts';
import { erlang } from '../harness/erlang.ts';
import type { Scenario } from '../harness/scenario.ts';

export const timers: Scenario = {
  name: 'timers',
  summary: 'a timer armed and cancelled while 100,000 others are armed',
  unit: 'µs/timer',
  higherIsBetter: false,
  variants: [
    { name: 'state', parameters: { ends: 'state' } },
    { name: 'actor', parameters: { ends: 'actor' }, unit: 'µs/actor' },
  ],
  parameters: { live: 100_000, warmupMs: 500, measureMs: 1_000 },
  quickParameters: { live: 100, warmupMs: 20, measureMs: 50 },
  timeLimitMs: 60_000,
  subject: ours('timers'),
  peers: [
    peer('xstate', 'xstate-timers', { spawns: 'createActor with parent and id' }),
    erlang('erlang', 'timers', []),
    erlang('erlang S1', 'timers', ['+S', '1']),
  ],
};
