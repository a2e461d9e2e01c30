import { setup } from 'xstate';
import { ExitError, type ExitReason } from '../src/model/index.ts';

/** Who performs what the chart decides: the thread behind a worker. */
export interface WorkerPerformer {
  open(): void;
  drain(): void;
  retire(): void;
  kill(reason: ExitReason): void;
  /** Another thread will probably be needed soon. */
  prepare(): void;
  /** It will not be, after all, if that was thought. */
  standDown(): void;
  /** Whether another thread is of any use. */
  isWanted(): boolean;
}

export type WorkerEvent =
  /** The session has shaken hands. */
  | { readonly type: 'READY' }
  /** A task was asked to stop and has not yet. */
  | { readonly type: 'OVERDUE' }
  /** The overdue task stopped. */
  | { readonly type: 'YIELDED' }
  /** It takes no more tasks, and has answered all: what is left is its goodbye. */
  | { readonly type: 'EMPTY' }
  /** Its event loop has not turned for too long. */
  | { readonly type: 'HUNG' }
  /** It has served as long as it should. */
  | { readonly type: 'WORN' }
  /** The session broke the protocol. */
  | { readonly type: 'BROKEN'; readonly error: Error }
  /** The thread is gone. */
  | { readonly type: 'EXITED'; readonly reason: ExitReason }
  /** Finish what you have, then end. */
  | { readonly type: 'SHUTDOWN' }
  /** End now. */
  | { readonly type: 'KILL' };

export interface WorkerInput {
  readonly performer: WorkerPerformer;
  /** Milliseconds that an overdue task is given to yield, and one that has no task left to end. */
  readonly grace: number;
  /** Milliseconds from the start of the thread to its hello. */
  readonly handshakeTimeout: number;
}

export interface WorkerContext extends WorkerInput {
  exit: ExitReason | undefined;
}

/** Milliseconds after which an overdue task is likely not to stop by itself. */
const MAX_DOUBT = 100;

/**
 * One thread of the pool. A crash is the actor's failure, with the exit reason as its error, so
 * that its supervisor restarts it; a drained worker is done. Which tasks it runs is the pool's
 * concern: no event is sent for a task, unless it overstays.
 */
export const workerMachine = setup({
  types: {
    context: {} as WorkerContext,
    events: {} as WorkerEvent,
    input: {} as WorkerInput,
  },
  actions: {
    open: ({ context }) => context.performer.open(),
    drain: ({ context }) => context.performer.drain(),
    retire: ({ context }) => context.performer.retire(),
    prepare: ({ context }) => context.performer.prepare(),
    standDown: ({ context }) => context.performer.standDown(),
    kill: ({ context }, reason: ExitReason) => context.performer.kill(reason),
    condemn: ({ context, event }) => {
      if (event.type === 'BROKEN') context.performer.kill({ kind: 'error', error: event.error });
    },
    remember: ({ context, event }) => {
      if (event.type === 'EXITED') context.exit = event.reason;
    },
    crash: ({ context }) => {
      throw new ExitError(context.exit ?? { kind: 'error' });
    },
  },
  guards: {
    isReplaced: ({ context, event }) =>
      event.type === 'EXITED' && event.reason.kind === 'normal' && context.performer.isWanted(),
    isWanted: ({ context }) => context.performer.isWanted(),
    endedWell: ({ event }) => event.type === 'EXITED' && event.reason.kind === 'normal',
  },
  delays: {
    grace: ({ context }) => context.grace,
    // Who stops soon is not worth the start of a thread.
    doubt: ({ context }) => Math.min(context.grace / 4, MAX_DOUBT),
    handshake: ({ context }) => context.handshakeTimeout,
  },
}).createMachine({
  id: 'worker',
  context: ({ input }) => ({ ...input, exit: undefined }),
  initial: 'starting',
  on: {
    EXITED: { target: '.crashed', actions: 'remember' },
    BROKEN: '.broken',
    HUNG: '.hung',
    KILL: '.killing',
  },
  states: {
    starting: {
      entry: 'open',
      on: { READY: 'ready', SHUTDOWN: 'killing' },
      after: { handshake: 'unresponsive' },
    },
    ready: { on: { OVERDUE: 'suspect', WORN: 'recycling', SHUTDOWN: 'draining' } },
    suspect: {
      after: { doubt: { actions: 'prepare' }, grace: 'overstayed' },
      on: {
        YIELDED: { target: 'ready', actions: 'standDown' },
        WORN: { target: 'recycling.overdue', actions: 'standDown' },
        SHUTDOWN: { target: 'draining.overdue', actions: 'standDown' },
      },
    },
    // A thread that is replaced in good order is the same worker: nothing has failed.
    recycling: {
      entry: 'retire',
      on: {
        OVERDUE: '.overdue',
        YIELDED: '.orderly',
        EMPTY: '.parting',
        EXITED: [
          { guard: 'isReplaced', target: 'starting' },
          { guard: 'endedWell', target: 'stopped' },
          { target: 'crashed', actions: 'remember' },
        ],
        SHUTDOWN: 'draining',
      },
      initial: 'orderly',
      states: {
        orderly: {},
        overdue: { after: { grace: '#worker.overstayed' } },
        parting: { after: { grace: 'cut' } },
        // No task was in it: it is replaced as if it had ended by itself.
        cut: {
          entry: { type: 'kill', params: { kind: 'killed' } as ExitReason },
          on: {
            EXITED: [
              { guard: 'isWanted', target: '#worker.starting' },
              { target: '#worker.stopped' },
            ],
          },
        },
      },
    },
    draining: {
      entry: 'drain',
      on: {
        OVERDUE: '.overdue',
        YIELDED: '.orderly',
        EMPTY: '.parting',
        EXITED: 'stopped',
      },
      initial: 'orderly',
      states: {
        orderly: {},
        overdue: { after: { grace: '#worker.killing' } },
        parting: { after: { grace: '#worker.killing' } },
      },
    },
    overstayed: {
      entry: { type: 'kill', params: { kind: 'killed' } as ExitReason },
    },
    unresponsive: {
      entry: { type: 'kill', params: { kind: 'handshake_failed' } as ExitReason },
    },
    hung: {
      entry: { type: 'kill', params: { kind: 'hung' } as ExitReason },
    },
    broken: { entry: 'condemn' },
    killing: {
      entry: ['standDown', { type: 'kill', params: { kind: 'shutdown' } as ExitReason }],
      on: { EXITED: 'stopped' },
    },
    stopped: { type: 'final' },
    crashed: { type: 'final', entry: 'crash' },
  },
});
