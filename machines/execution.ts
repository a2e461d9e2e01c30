import { setup } from 'xstate';
import type { TroupeError } from '../src/model/index.ts';

/** How an execution ends. */
export type Outcome =
  | { readonly status: 'completed'; readonly output: unknown }
  | {
      readonly status: 'failed' | 'cancelled' | 'timed_out';
      readonly error: TroupeError;
      /** Why it was cancelled, as its caller put it. */
      readonly reason?: string;
    };

type Ending = Exclude<Outcome, { status: 'completed' }>;

/** Who performs what the chart decides. */
export interface ExecutionPerformer {
  /** Every step is completed. */
  readonly finished: boolean;
  /** No task is under way. */
  readonly idle: boolean;
  /** Begins what can begin now. */
  advance(): void;
  /** Asks every task under way to stop. */
  abort(error: TroupeError): void;
  /** Records and tells the end; called once. */
  conclude(outcome: Outcome): void;
}

export type ExecutionEvent =
  /** The acceptance is recorded. */
  | { readonly type: 'START' }
  /** The outcome of a task is recorded. */
  | { readonly type: 'ADVANCED' }
  /** A task failed for good, or the pipeline's own code threw. */
  | { readonly type: 'FAILED'; readonly error: TroupeError }
  /** A task that was asked to stop has. */
  | { readonly type: 'SETTLED' }
  | { readonly type: 'PAUSE' }
  | { readonly type: 'RESUME' }
  | { readonly type: 'CANCEL'; readonly error: TroupeError; readonly reason: string }
  /** The execution's own timeout. */
  | { readonly type: 'DEADLINE'; readonly error: TroupeError };

export interface ExecutionContext {
  readonly performer: ExecutionPerformer;
  ending: Ending | undefined;
}

/**
 * One run of a pipeline. In-flight tasks finish while it pauses and are aborted while it cancels;
 * `cancelling` is also where a failed or overdue execution waits for what is still under way, so
 * that no task outlives its execution.
 */
export const executionMachine = setup({
  types: {
    context: {} as ExecutionContext,
    events: {} as ExecutionEvent,
    input: {} as { readonly performer: ExecutionPerformer },
  },
  actions: {
    advance: ({ context }) => context.performer.advance(),
    abort: ({ context }) => context.performer.abort((context.ending as Ending).error),
    // The context is private to one actor, and none of its snapshots is kept: mutation is safe.
    fail: ({ context, event }) => {
      if (event.type === 'FAILED') context.ending = { status: 'failed', error: event.error };
    },
    cancel: ({ context, event }) => {
      if (event.type !== 'CANCEL') return;
      context.ending = { status: 'cancelled', error: event.error, reason: event.reason };
    },
    expire: ({ context, event }) => {
      if (event.type === 'DEADLINE') context.ending = { status: 'timed_out', error: event.error };
    },
    conclude: ({ context }) => {
      context.performer.conclude(context.ending ?? { status: 'completed', output: undefined });
    },
  },
  guards: {
    finished: ({ context }) => context.performer.finished,
    failed: ({ context }) => context.performer.idle && context.ending?.status === 'failed',
    cancelled: ({ context }) => context.performer.idle && context.ending?.status === 'cancelled',
    expired: ({ context }) => context.performer.idle && context.ending?.status === 'timed_out',
  },
}).createMachine({
  id: 'execution',
  context: ({ input }) => ({ performer: input.performer, ending: undefined }),
  initial: 'pending',
  on: {
    CANCEL: { target: '.cancelling', actions: 'cancel' },
    FAILED: { target: '.cancelling', actions: 'fail' },
    DEADLINE: { target: '.cancelling', actions: 'expire' },
  },
  states: {
    pending: { on: { START: 'running' } },
    running: {
      entry: 'advance',
      on: {
        ADVANCED: [{ guard: 'finished', target: 'completed' }, { actions: 'advance' }],
        PAUSE: 'paused',
      },
    },
    paused: {
      on: { ADVANCED: { guard: 'finished', target: 'completed' }, RESUME: 'running' },
    },
    cancelling: {
      entry: 'abort',
      always: [
        { guard: 'failed', target: 'failed' },
        { guard: 'cancelled', target: 'cancelled' },
        { guard: 'expired', target: 'timed_out' },
      ],
      // The first reason to end is the one that is told. SETTLED makes `always` look again.
      on: { CANCEL: {}, FAILED: {}, DEADLINE: {}, SETTLED: {} },
    },
    completed: { type: 'final', entry: 'conclude' },
    failed: { type: 'final', entry: 'conclude' },
    cancelled: { type: 'final', entry: 'conclude' },
    timed_out: { type: 'final', entry: 'conclude' },
  },
});
