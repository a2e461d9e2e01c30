import {
  type ActorRefFrom,
  assign,
  createActor,
  type DoneActorEvent,
  setup,
  stopChild,
} from 'xstate';
import { DONE, executionChart, START, TASK_DONE } from '../charts/execution.ts';
import { type ChurnWindow, measureChurn, measureHeap } from '../harness/churn.ts';
import { contest } from '../harness/contest.ts';
import type { ContestParameters } from '../harness/scenario.ts';

type Child = ActorRefFrom<typeof executionChart>;

/** A parent as XState's documentation writes it: it spawns, and lets go of who has ended. */
const parentChart = setup({
  types: {
    context: {} as { latest: Child | undefined },
    events: {} as { readonly type: 'SPAWN'; readonly id: string } | DoneActorEvent<number>,
  },
  actors: { execution: executionChart },
}).createMachine({
  context: { latest: undefined },
  on: {
    SPAWN: {
      actions: assign({
        latest: ({ spawn, event }) => spawn('execution', { id: event.id, input: { id: event.id } }),
      }),
    },
    'xstate.done.actor.*': { actions: stopChild(({ event }) => event.actorId) },
  },
});

type Parameters = ChurnWindow & { readonly measure: 'time' | 'heap' };

await contest<ContestParameters<object> & Parameters>(async ({ measure, ...window }) => {
  const ref = createActor(parentChart).start();
  const parent = {
    spawn(id: string): Child {
      ref.send({ type: 'SPAWN', id });
      const child = ref.getSnapshot().context.latest as Child;
      child.send(START);
      return child;
    },
    finish(child: Child) {
      child.send(TASK_DONE);
      child.send(DONE);
    },
    get size() {
      return Object.keys(ref.getSnapshot().children).length;
    },
  };
  const value =
    measure === 'heap' ? measureHeap(parent, window.live) : await measureChurn(parent, window);
  return { value };
});
