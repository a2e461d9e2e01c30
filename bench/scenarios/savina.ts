/**
 * Five benchmarks of the Savina suite (S. M. Imam and V. Sarkar, "Savina – An Actor Benchmark
 * Suite", AGERE! 2014): ping-pong, counting, thread ring, fork-join (actor creation) and big. Rounds
 * are repeated by the clock, so that some are shorter than the original's.
 *
 * - The subject: `charts/savina.ts` compiled, charts of one state whose handlers are plain actions
 *   on a context of their own, on a system with its run queue.
 * - XState: the same charts, `createActor` with a parent. It delivers by recursion.
 * - nact: actors whose behaviours are plain functions that keep their state themselves. Each of its
 *   messages waits for a `setImmediate`, and nothing of that can be set.
 * - effect: a fiber with an unbounded queue for each actor, `Queue.offer` and `Queue.take`, as its
 *   documentation writes a worker, without tracing; its scheduler as it comes.
 * - Erlang: bare processes, no behaviour of OTP; with one scheduler and as it comes.
 */

import { ours, peer } from '../harness/contestant.ts';
import { erlang } from '../harness/erlang.ts';
import type { Scenario } from '../harness/scenario.ts';

export const savina: Scenario = {
  name: 'savina',
  summary: 'small benchmarks of actors that do nothing but send',
  unit: 'messages/s',
  higherIsBetter: true,
  variants: [
    { name: 'ping-pong', parameters: { benchmark: 'pingPong', actors: 2, size: 40_000 } },
    { name: 'counting', parameters: { benchmark: 'counting', actors: 2, size: 100_000 } },
    { name: 'thread-ring', parameters: { benchmark: 'threadRing', actors: 100, size: 100_000 } },
    {
      name: 'fork-join-create',
      parameters: { benchmark: 'forkJoinCreate', actors: 0, size: 40_000 },
      unit: 'actors/s',
    },
    { name: 'big', parameters: { benchmark: 'big', actors: 120, size: 500 } },
  ],
  parameters: { warmupMs: 500, measureMs: 1_000 },
  quickParameters: { size: 100, warmupMs: 20, measureMs: 50 },
  timeLimitMs: 60_000,
  subject: ours('savina'),
  peers: [
    peer('xstate', 'xstate-savina', { spawns: 'createActor with parent, id and input' }),
    peer('nact', 'nact'),
    peer('effect', 'effect'),
    erlang('erlang S1', 'savina', ['+S', '1']),
    erlang('erlang', 'savina', []),
  ],
};
