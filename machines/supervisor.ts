import { assign, enqueueActions, setup } from 'xstate';
import {
  type AutoShutdown,
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
  restart(id: string): void;
  /** A child ended and stays away; its spec goes where the child was temporary. */
  forget(id: string): void;
  /** A child has spent its own budget: it stays down until somebody restarts it. */
  quarantine(id: string): void;
  /** Stops the children in reverse order; sends `STOPPED`. */
  stopAll(): void;
  now(): number;
}

/** A child ended, or did not start again: then the reason is why. */
export interface ChildEnded {
  readonly type: 'child.exited';
  readonly id: string;
  readonly reason: ExitReason;
  readonly restart: Restart;
  /** Whether it is the first, or the last, of the significant children to end. */
  readonly significant: false | 'one' | 'last';
  /** What a restart would spend: the supervisor's intensity, or nothing of it. */
  readonly spends: 'intensity' | 'nothing';
  /** It has a budget of its own, and that is spent. */
  readonly isExhausted: boolean;
}

export type SupervisorEvent =
  | { readonly type: 'STARTED' }
  | { readonly type: 'START_FAILED'; readonly error: TroupeError }
  | ChildEnded
  | ({ readonly type: 'RECONFIGURED' } & SupervisorLimits)
  | { readonly type: 'STOP' }
  | { readonly type: 'STOPPED' };

/** What may be changed while it runs. */
export interface SupervisorLimits {
  readonly intensity: RestartIntensity;
  readonly autoShutdown: AutoShutdown;
}

export interface SupervisorInput extends SupervisorLimits {
  readonly performer: SupervisorPerformer;
}

export interface SupervisorContext extends SupervisorInput {
  /** When children were restarted within the period. */
  readonly restarts: readonly number[];
  /** Children that ended before all had started: dealt with after that, as in OTP. */
  readonly early: readonly ChildEnded[];
  /** Why it gives up, once it does. */
  readonly failure: TroupeError | undefined;
}

/** Whether it tells of a child that is to be started again, if nothing speaks against it. */
export function wantsRestart(event: SupervisorEvent): event is ChildEnded {
  if (event.type !== 'child.exited') return false;
  if (event.restart === 'permanent') return true;
  return event.restart === 'transient' && isAbnormal(event.reason);
}

/** Restarts within the period, were this one to happen now. */
function restartsWith({ restarts, performer, intensity }: SupervisorContext): readonly number[] {
  return addRestart(restarts, performer.now(), intensity);
}

function tooManyRestarts({ id, reason }: ChildEnded, limits: RestartIntensity): TroupeError {
  const { intensity, period } = limits;
  return new TroupeError(
    'RestartIntensityExceeded',
    `${id} ended (${reason.kind}) after ${intensity} restarts within ${period} ms`,
    { cause: reason.error, details: { child: id, reason: reason.kind, intensity, period } },
  );
}

/**
 * Erlang/OTP's supervisor: restarts children that end, until they do so too often. Then it stops
 * the others and ends for `shutdown`, which is its own supervisor's to deal with.
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
      if (event.type === 'child.exited') context.performer.restart(event.id);
    },
    forget: ({ context, event }) => {
      if (event.type === 'child.exited') context.performer.forget(event.id);
    },
    quarantine: ({ context, event }) => {
      if (event.type === 'child.exited') context.performer.quarantine(event.id);
    },
    countRestart: assign({
      restarts: ({ context, event }) =>
        event.type === 'child.exited' && event.spends === 'intensity'
          ? restartsWith(context)
          : context.restarts,
    }),
    keepForLater: assign({
      early: ({ context, event }) =>
        event.type === 'child.exited' ? [...context.early, event] : context.early,
    }),
    dealWithEarly: enqueueActions(({ context, enqueue }) => {
      for (const ended of context.early) enqueue.raise(ended);
      enqueue.assign({ early: [] });
    }),
    reconfigure: assign(({ event }) => {
      if (event.type !== 'RECONFIGURED') return {};
      return { intensity: event.intensity, autoShutdown: event.autoShutdown };
    }),
    giveUp: assign({
      failure: ({ context, event }) => {
        if (event.type === 'START_FAILED') return event.error;
        if (event.type !== 'child.exited') return context.failure;
        return tooManyRestarts(event, context.intensity);
      },
    }),
    escalate: ({ context }) => {
      throw new ExitError({ kind: 'shutdown', error: context.failure });
    },
  },
  guards: {
    isExhausted: ({ event }) => wantsRestart(event) && event.isExhausted,
    overIntensity: ({ context, event }) =>
      wantsRestart(event) &&
      event.spends === 'intensity' &&
      exceedsIntensity(restartsWith(context), context.intensity),
    wantsRestart: ({ event }) => wantsRestart(event),
    endsAll: ({ context, event }) => {
      if (event.type !== 'child.exited' || event.significant === false) return false;
      if (context.autoShutdown === 'any_significant') return true;
      return context.autoShutdown === 'all_significant' && event.significant === 'last';
    },
    gaveUp: ({ context }) => context.failure !== undefined,
  },
}).createMachine({
  id: 'supervisor',
  context: ({ input }) => ({ ...input, restarts: [], early: [], failure: undefined }),
  initial: 'starting',
  on: { RECONFIGURED: { actions: 'reconfigure' } },
  states: {
    starting: {
      entry: 'startAll',
      on: {
        STARTED: 'running',
        START_FAILED: { target: 'stopping', actions: 'giveUp' },
        'child.exited': { actions: 'keepForLater' },
        STOP: 'stopping',
      },
    },
    running: {
      entry: 'dealWithEarly',
      on: {
        'child.exited': [
          { guard: 'isExhausted', actions: 'quarantine' },
          { guard: 'overIntensity', target: 'stopping', actions: ['forget', 'giveUp'] },
          { guard: 'wantsRestart', actions: ['countRestart', 'restart'] },
          { guard: 'endsAll', target: 'stopping', actions: 'forget' },
          { actions: 'forget' },
        ],
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
