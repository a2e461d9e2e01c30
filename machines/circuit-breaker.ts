import { assign, setup } from 'xstate';
import type { BreakerState } from '../src/model/index.ts';

/** What a person wants of a breaker: to judge, to stand aside, or only to count. */
export type BreakerMode = 'enabled' | 'disabled' | 'metrics_only';

/** Who performs what the chart decides: the gate and its books. */
export interface BreakerPerformer {
  /**
   * The breaker is in this state from now on, and what it counts begins anew.
   *
   * @param breaks breaks since it was last closed, for `open` the one included that begins
   */
  enter(state: BreakerState, breaks: number): void;
  /** Milliseconds that are left of the break. It may have grown since it began. */
  breakLeft(): number;
}

/** Calls are not among them: they are counted without the chart, which hears what they add up to. */
export type BreakerEvent =
  /** The calls, or the probes, failed too often. */
  | { readonly type: 'TRIPPED' }
  /** The probes went well. */
  | { readonly type: 'RECOVERED' }
  /** The first probe is under way. */
  | { readonly type: 'PROBING' }
  /** No probe is under way. */
  | { readonly type: 'IDLE' }
  /** Somebody noticed that the break is over before its timer did. */
  | { readonly type: 'ELAPSED' }
  | { readonly type: 'ISOLATE' }
  /** One of those who isolated it is done. */
  | { readonly type: 'RELEASE' }
  | { readonly type: 'SWITCH'; readonly mode: BreakerMode }
  | { readonly type: 'RESET' };

export interface BreakerInput {
  readonly performer: BreakerPerformer;
  /** Milliseconds that a half-open breaker waits for the probes under way. */
  readonly halfOpenTimeout: number;
  readonly mode: BreakerMode;
  /** How many have it isolated. */
  readonly locks: number;
}

export interface BreakerContext extends BreakerInput {
  /** Breaks since it was last closed. */
  readonly breaks: number;
}

/**
 * The circuit breaker (M. Nygard, "Release It!", 2007) with resilience4j's further states. Isolation
 * goes before everything, and counts: it ends with the last of those who wanted it. Then the breaker
 * is closed, not half-open: what it knew before is old, and whoever lifts an isolation vouches for
 * the far side; if that was wrong, it opens again by the rates.
 */
export const circuitBreakerMachine = setup({
  types: {
    context: {} as BreakerContext,
    events: {} as BreakerEvent,
    input: {} as BreakerInput,
  },
  actions: {
    enter: ({ context }, { state }: { state: BreakerState }) =>
      context.performer.enter(state, context.breaks),
    countBreak: assign({ breaks: ({ context }) => context.breaks + 1 }),
    forgetBreaks: assign({ breaks: 0 }),
    lock: assign({ locks: ({ context }) => context.locks + 1 }),
    unlock: assign({ locks: ({ context }) => context.locks - 1 }),
    switch: assign({
      mode: ({ context, event }) => (event.type === 'SWITCH' ? event.mode : context.mode),
    }),
  },
  guards: {
    isLocked: ({ context }) => context.locks > 0,
    isDisabled: ({ context }) => context.mode === 'disabled',
    onlyCounts: ({ context }) => context.mode === 'metrics_only',
    switches: ({ context, event }) => event.type === 'SWITCH' && event.mode !== context.mode,
    breakIsOver: ({ context }) => context.performer.breakLeft() <= 0,
  },
  delays: {
    break: ({ context }) => context.performer.breakLeft(),
    halfOpenTimeout: ({ context }) => context.halfOpenTimeout,
  },
}).createMachine({
  id: 'circuit-breaker',
  context: ({ input }) => ({ ...input, breaks: 0 }),
  initial: 'choosing',
  on: {
    ISOLATE: { target: '.isolated', actions: 'lock' },
    SWITCH: { guard: 'switches', target: '.choosing', actions: 'switch' },
    RESET: '.choosing',
  },
  states: {
    choosing: {
      always: [
        { guard: 'isLocked', target: 'isolated' },
        { guard: 'isDisabled', target: 'disabled' },
        { guard: 'onlyCounts', target: 'metrics_only' },
        { target: 'closed' },
      ],
    },
    closed: {
      entry: ['forgetBreaks', { type: 'enter', params: { state: 'closed' } }],
      on: { TRIPPED: 'open' },
    },
    open: {
      entry: ['countBreak', { type: 'enter', params: { state: 'open' } }],
      initial: 'waiting',
      states: {
        waiting: {
          after: {
            // A break that has grown meanwhile, or whose timer was early, is waited out.
            break: [
              { guard: 'breakIsOver', target: '#circuit-breaker.half_open' },
              { target: 'waiting', reenter: true },
            ],
          },
        },
      },
      on: { ELAPSED: { guard: 'breakIsOver', target: 'half_open' } },
    },
    half_open: {
      entry: { type: 'enter', params: { state: 'half_open' } },
      initial: 'idle',
      states: {
        // Nobody calls: no reason to open again, and the next call shows at once.
        idle: { on: { PROBING: 'probing' } },
        probing: {
          after: { halfOpenTimeout: '#circuit-breaker.open' },
          on: { IDLE: 'idle' },
        },
      },
      on: { TRIPPED: 'open', RECOVERED: 'closed' },
    },
    isolated: {
      entry: { type: 'enter', params: { state: 'isolated' } },
      on: { RELEASE: { target: 'choosing', actions: 'unlock' } },
    },
    disabled: { entry: { type: 'enter', params: { state: 'disabled' } } },
    metrics_only: { entry: { type: 'enter', params: { state: 'metrics_only' } } },
  },
});
