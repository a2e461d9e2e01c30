import { setup } from 'xstate';

/** The phases of a shutdown, in order. */
export type ShutdownPhase = 'draining' | 'aborting' | 'terminating' | 'closing';

/** Who performs what the chart decides. */
export interface ShutdownPerformer {
  /** No new work is taken from now on. */
  closeIntake(): void;
  /** Begins a phase; sends `PHASE_DONE` when it is through. */
  begin(phase: ShutdownPhase): void;
  /** The phase's time is up; what it left undone is the next one's to end. */
  overran(phase: ShutdownPhase): void;
  /** Milliseconds that a phase may take of what is left of the one deadline. */
  allowance(phase: ShutdownPhase): number;
  stopped(): void;
}

export type ShutdownEvent = { readonly type: 'SHUTDOWN' } | { readonly type: 'PHASE_DONE' };

interface Context {
  readonly performer: ShutdownPerformer;
}

const phase = (name: ShutdownPhase, next: string) =>
  ({
    entry: { type: 'begin', params: { phase: name } },
    on: { PHASE_DONE: next },
    after: { [name]: { target: next, actions: { type: 'overran', params: { phase: name } } } },
  }) as const;

/**
 * The end of a runtime: what runs may finish, then is asked to stop, then is ended. It runs once,
 * whoever asks for it and however often; each phase has its share of one deadline.
 */
export const shutdownMachine = setup({
  types: {
    context: {} as Context,
    events: {} as ShutdownEvent,
    input: {} as Context,
  },
  actions: {
    closeIntake: ({ context }) => context.performer.closeIntake(),
    begin: ({ context }, params: { phase: ShutdownPhase }) => context.performer.begin(params.phase),
    overran: ({ context }, params: { phase: ShutdownPhase }) =>
      context.performer.overran(params.phase),
    stopped: ({ context }) => context.performer.stopped(),
  },
  delays: {
    draining: ({ context }) => context.performer.allowance('draining'),
    aborting: ({ context }) => context.performer.allowance('aborting'),
    terminating: ({ context }) => context.performer.allowance('terminating'),
    closing: ({ context }) => context.performer.allowance('closing'),
  },
}).createMachine({
  id: 'shutdown',
  context: ({ input }) => input,
  initial: 'running',
  states: {
    running: { on: { SHUTDOWN: 'not_ready' } },
    not_ready: { entry: 'closeIntake', always: 'draining' },
    draining: phase('draining', 'aborting'),
    aborting: phase('aborting', 'terminating'),
    terminating: phase('terminating', 'closing'),
    closing: phase('closing', 'stopped'),
    stopped: { type: 'final', entry: 'stopped' },
  },
});
