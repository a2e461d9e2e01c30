import { assign, setup } from 'xstate';
import {
  addRestart,
  ExitError,
  type ExitReason,
  exceedsIntensity,
  isAbnormal,
  type Restart,
  type RestartIntensity,
  TroupeError,
} from '../src/model/index.ts';

/** Who performs what the chart decides: the children of a supervisor. */
export interface SupervisorPerformer {
  /** Starts the children in order; sends `STARTED` or `START_FAILED`. */
  startAll(): void;
  /** Replaces a child that ended, and others with it as the strategy says. */
  restart(id: string, reason: ExitReason): void;
  /** A child ended and stays away. */
  forget(id: string): void;
  /** Stops the children in reverse order; sends `STOPPED`. */
  stopAll(): void;
  now(): number;
}

export type SupervisorEvent =
  | { readonly type: 'STARTED' }
  | { readonly type: 'START_FAILED'; readonly error: TroupeError }
  | {
      readonly type: 'child.exited';
      readonly id: string;
      readonly reason: ExitReason;
      readonly restart: Restart;
    }
  | { readonly type: 'STOP' }
  | { readonly type: 'STOPPED' };

export interface SupervisorInput {
  readonly performer: SupervisorPerformer;
  readonly intensity: RestartIntensity;
}

export interface SupervisorContext extends SupervisorInput {
  /** When children were restarted within the period. */
  readonly restarts: readonly number[];
  /** Why it gives up, once it does. */
  readonly failure: TroupeError | undefined;
}

function wantsRestart(event: SupervisorEvent): boolean {
  if (event.type !== 'child.exited') return false;
  if (event.restart === 'permanent') return true;
  return event.restart === 'transient' && isAbnormal(event.reason);
}

/**
 * Erlang/OTP's supervisor: restarts children that end, until they do so too often. Then it stops
 * the others and fails itself, which is its own supervisor's to deal with.
 */
export const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    input: {} as SupervisorInput,
  },
  actions: {
    startAll: ({ context }) => context.performer.startAll(),
    stopAll: ({ context }) => context.performer.stopAll(),
    restart: ({ context, event }) => {
      if (event.type === 'child.exited') context.performer.restart(event.id, event.reason);
    },
    forget: ({ context, event }) => {
      if (event.type === 'child.exited') context.performer.forget(event.id);
    },
    countRestart: assign({
      restarts: ({ context }) =>
        addRestart(context.restarts, context.performer.now(), context.intensity),
    }),
    giveUp: assign({
      failure: ({ context, event }) => {
        if (event.type === 'START_FAILED') return event.error;
        if (event.type !== 'child.exited') return context.failure;
        const { intensity, period } = context.intensity;
        return new TroupeError(
          'RestartIntensityExceeded',
          `${event.id} ended (${event.reason.kind}) after ${intensity} restarts within ${period} ms`,
          {
            cause: event.reason.error,
            details: { child: event.id, reason: event.reason.kind, intensity, period },
          },
        );
      },
    }),
    failStart: assign({
      failure: ({ context, event }) => {
        if (event.type !== 'child.exited') return context.failure;
        const message = `${event.id} ended (${event.reason.kind}) before its siblings had started`;
        return new TroupeError('StartFailed', message, {
          cause: event.reason.error,
          details: { child: event.id, reason: event.reason.kind },
        });
      },
    }),
    escalate: ({ context }) => {
      throw new ExitError({ kind: 'error', error: context.failure });
    },
  },
  guards: {
    wantsRestart: ({ event }) => wantsRestart(event),
    overBudget: ({ context, event }) =>
      wantsRestart(event) &&
      exceedsIntensity(
        addRestart(context.restarts, context.performer.now(), context.intensity),
        context.intensity,
      ),
    gaveUp: ({ context }) => context.failure !== undefined,
  },
}).createMachine({
  id: 'supervisor',
  context: ({ input }) => ({ ...input, restarts: [], failure: undefined }),
  initial: 'starting',
  states: {
    starting: {
      entry: 'startAll',
      on: {
        STARTED: 'running',
        START_FAILED: { target: 'stopping', actions: 'giveUp' },
        'child.exited': [
          { guard: 'wantsRestart', target: 'stopping', actions: 'failStart' },
          { actions: 'forget' },
        ],
        STOP: 'stopping',
      },
    },
    running: {
      on: {
        'child.exited': [
          { guard: 'overBudget', target: 'stopping', actions: ['forget', 'giveUp'] },
          { guard: 'wantsRestart', actions: ['countRestart', 'restart'] },
          { actions: 'forget' },
        ],
        START_FAILED: { target: 'stopping', actions: 'giveUp' },
        STOP: 'stopping',
      },
    },
    stopping: {
      entry: 'stopAll',
      on: {
        'child.exited': { actions: 'forget' },
        STOPPED: [{ guard: 'gaveUp', target: 'escalated' }, { target: 'stopped' }],
      },
    },
    stopped: { type: 'final' },
    escalated: { type: 'final', entry: 'escalate' },
  },
});
