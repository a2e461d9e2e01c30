import { fromTask, taskModule } from 'troupe';
import { assign, setup } from 'xstate';

export const primes = taskModule<typeof import('./primes.ts')>(
  'primes',
  new URL('./primes.ts', import.meta.url),
);

/**
 * A stock XState machine. It knows of troupe only that `count` is an actor: invoking it runs the
 * task on a worker thread, and leaving the state, by `GIVE_UP` or by `after`, cancels it there.
 */
export const counter = setup({
  types: {
    context: {} as { upTo: number; primes: number | undefined; error: unknown },
    input: {} as { upTo: number },
    events: {} as { type: 'GIVE_UP' } | { type: 'AGAIN'; upTo: number },
  },
  actors: { count: fromTask(primes.count) },
  delays: { patience: 2_000 },
}).createMachine({
  id: 'counter',
  context: ({ input }) => ({ upTo: input.upTo, primes: undefined, error: undefined }),
  initial: 'counting',
  on: {
    AGAIN: { target: '.counting', actions: assign({ upTo: ({ event }) => event.upTo }) },
  },
  states: {
    counting: {
      invoke: {
        src: 'count',
        input: ({ context }) => ({ upTo: context.upTo }),
        onDone: { target: 'counted', actions: assign({ primes: ({ event }) => event.output }) },
        onError: { target: 'failed', actions: assign({ error: ({ event }) => event.error }) },
      },
      on: { GIVE_UP: 'gaveUp' },
      after: { patience: 'gaveUp' },
    },
    counted: {},
    gaveUp: {},
    failed: {},
  },
});
