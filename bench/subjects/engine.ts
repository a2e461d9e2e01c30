import type { Actor } from 'xstate';
import { setup } from 'xstate';
import type { Clock } from '../../src/ports/index.ts';
import { compile, rootActor, withChildExits } from '../../src/statechart/index.ts';

/** The one place where the bench makes an actor system of the subject's. */

export const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

const parentChart = setup({
  types: {
    context: {} as { ended: number },
    events: {} as { readonly type: 'CHILD_ENDED' },
  },
  actions: {
    // The context is private to one actor, and none of its snapshots is kept: mutation is safe.
    count: ({ context }) => {
      context.ended += 1;
    },
  },
}).createMachine({
  id: 'parent',
  context: () => ({ ended: 0 }),
  on: { CHILD_ENDED: { actions: 'count' } },
});

/** The root of an actor system whose machine counts how many of its children have ended. */
export interface CountingRoot {
  readonly actor: Actor<typeof parentChart>;
  readonly ended: number;
}

export function startRoot(): CountingRoot {
  const machine = withChildExits(compile(parentChart), () => CHILD_ENDED);
  const onError = (error: unknown) => {
    throw error;
  };
  const actor = rootActor(machine, { id: 'root', input: undefined, clock, onError });
  actor.start();
  return {
    actor,
    get ended() {
      return actor.getSnapshot().context.ended;
    },
  };
}

const CHILD_ENDED = { type: 'CHILD_ENDED' } as const;
