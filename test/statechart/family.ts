import { setup } from 'xstate';
import { ExitError, type ExitReason } from '../../src/model/index.ts';
import type { ChildExited } from '../../src/statechart/index.ts';

export interface ChildInput {
  readonly name: string;
}

/** A child that ends as it is told to: `DONE` with its name as output, `FAIL` with an error. */
export const childMachine = setup({
  types: {
    context: {} as ChildInput,
    input: {} as ChildInput,
    output: {} as string,
    events: {} as
      | { type: 'DONE' }
      | { type: 'FAIL'; error: unknown }
      | { type: 'EXIT'; reason: ExitReason },
  },
  actions: {
    fail: ({ event }) => {
      if (event.type === 'FAIL') throw event.error;
    },
    exit: ({ event }) => {
      if (event.type === 'EXIT') throw new ExitError(event.reason);
    },
  },
}).createMachine({
  id: 'child',
  context: ({ input }) => input,
  initial: 'alive',
  states: {
    alive: {
      on: { DONE: 'done', FAIL: { actions: 'fail' }, EXIT: { actions: 'exit' } },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => context.name,
});

/** A parent that keeps what it hears of its children. */
export const parentMachine = setup({
  types: {
    context: {} as { readonly heard: unknown[] },
    input: {} as { readonly heard: unknown[] },
    events: {} as ChildExited | { type: 'OTHER' },
  },
  actions: {
    hear: ({ context, event }) => void context.heard.push(event),
  },
}).createMachine({
  id: 'parent',
  context: ({ input }) => input,
  on: { 'child.exited': { actions: 'hear' }, OTHER: { actions: 'hear' } },
});
