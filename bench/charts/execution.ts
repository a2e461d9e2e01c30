/** An execution as a statechart: what every JavaScript contestant of the engine scenarios runs. */

import { assign, setup } from 'xstate';

interface ExecutionContext {
  readonly id: string;
  readonly results: readonly number[];
  readonly startedAt: number;
}

type ExecutionEvent =
  | { readonly type: 'START' }
  | { readonly type: 'TASK_DONE'; readonly value: number }
  | { readonly type: 'DONE' }
  | { readonly type: 'PAUSE' }
  | { readonly type: 'RESUME' }
  | { readonly type: 'FAIL' }
  | { readonly type: 'CANCEL' };

export const executionChart = setup({
  types: {
    context: {} as ExecutionContext,
    events: {} as ExecutionEvent,
    input: {} as { readonly id: string },
    output: {} as number,
  },
  guards: {
    worked: ({ context }) => context.results.length > 0,
  },
}).createMachine({
  id: 'execution',
  context: ({ input }) => ({ id: input.id, results: [], startedAt: 0 }),
  output: ({ context }) => context.results.length,
  initial: 'pending',
  states: {
    pending: { tags: 'waiting', on: { START: 'running', CANCEL: 'cancelled' } },
    running: {
      tags: 'live',
      entry: assign({ startedAt: 1 }),
      on: {
        TASK_DONE: {
          actions: assign({
            results: ({ context, event }) => [...context.results, event.value],
          }),
        },
        DONE: { guard: 'worked', target: 'completed' },
        PAUSE: 'paused',
        FAIL: 'failed',
        CANCEL: 'cancelled',
      },
    },
    paused: { on: { RESUME: 'running', CANCEL: 'cancelled' } },
    completed: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
});

export const START = { type: 'START' } as const;
export const TASK_DONE = { type: 'TASK_DONE', value: 1 } as const;
export const DONE = { type: 'DONE' } as const;
