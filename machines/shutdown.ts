import { setup } from 'xstate';
import {
  resolveShutdownPhases,
  type ShutdownPhase,
  type ShutdownPlan,
} from '../src/model/index.ts';

/** Who performs what the chart decides. */
export interface ShutdownPerformer {
  /** Begins a phase; sends `PHASE_DONE` or `PHASE_FAILED` when it is through. */
  begin(phase: string): void;
  /** The phase's time is up; what it left undone is the next one's to end. */
  overran(phase: string): void;
  /** The phase will not be begun: one that it cannot do without has failed. */
  skipped(phase: string): void;
  /** Milliseconds from now on that a phase may take. */
  allowance(phase: string): number;
  stopped(): void;
}

export type ShutdownEvent =
  | { readonly type: 'SHUTDOWN' }
  | { readonly type: 'PHASE_DONE'; readonly phase: string }
  /** It is through, but something in it went wrong. */
  | { readonly type: 'PHASE_FAILED'; readonly phase: string }
  /** The deadline is nearer than it was: the phases under way have less time. */
  | { readonly type: 'HURRY' };

export interface ShutdownInput {
  readonly performer: ShutdownPerformer;
}

interface Context extends ShutdownInput {
  readonly over: Set<string>;
  readonly failed: Set<string>;
}

interface PhaseParams {
  readonly phase: string;
}

/**
 * The end of a runtime, as a chart made for its phases: each is a region that waits for those it
 * depends on, so that phases that do not depend on one another are under way side by side. It runs
 * once, whoever asks for it and however often. After Akka's CoordinatedShutdown.
 */
export function createShutdownMachine(plan: ShutdownPlan) {
  return setup({
    types: {
      context: {} as Context,
      events: {} as ShutdownEvent,
      input: {} as ShutdownInput,
    },
    actions: {
      begin: ({ context }, { phase }: PhaseParams) => context.performer.begin(phase),
      overran: ({ context }, { phase }: PhaseParams) => context.performer.overran(phase),
      skipped: ({ context }, { phase }: PhaseParams) => context.performer.skipped(phase),
      // The context is private to one actor, and none of its snapshots is kept: mutation is safe.
      failed: ({ context }, { phase }: PhaseParams) => void context.failed.add(phase),
      over: ({ context }, { phase }: PhaseParams) => void context.over.add(phase),
      stopped: ({ context }) => context.performer.stopped(),
    },
    guards: {
      isOf: ({ event }, { phase }: PhaseParams) => 'phase' in event && event.phase === phase,
      isReady: ({ context }, { dependsOn }: Pick<ShutdownPhase, 'dependsOn'>) =>
        dependsOn.every((other) => context.over.has(other)),
      isSpoiled: ({ context }, { essentials }: Pick<ShutdownPhase, 'essentials'>) =>
        essentials.some((other) => context.failed.has(other)),
    },
    delays: Object.fromEntries(
      plan.map(({ name }) => [
        name,
        ({ context }: { context: Context }) => context.performer.allowance(name),
      ]),
    ),
  }).createMachine({
    id: 'shutdown',
    context: ({ input }) => ({ performer: input.performer, over: new Set(), failed: new Set() }),
    initial: 'running',
    states: {
      running: { on: { SHUTDOWN: 'stopping' } },
      stopping: {
        type: 'parallel',
        states: Object.fromEntries(plan.map((phase) => [phase.name, region(phase)])),
        onDone: 'stopped',
      },
      stopped: { type: 'final', entry: 'stopped' },
    },
  });
}

/** One phase's life. */
function region({ name, dependsOn, essentials }: ShutdownPhase) {
  const params = { phase: name };
  const isOf = { type: 'isOf', params } as const;
  const over = { type: 'over', params } as const;
  const failed = { type: 'failed', params } as const;
  return {
    initial: 'waiting',
    states: {
      waiting: {
        always: [
          { guard: { type: 'isSpoiled', params: { essentials } }, target: 'skipped' },
          { guard: { type: 'isReady', params: { dependsOn } }, target: 'active' },
        ],
      },
      active: {
        entry: { type: 'begin', params },
        on: {
          PHASE_DONE: { guard: isOf, target: 'done' },
          PHASE_FAILED: { guard: isOf, target: 'failed' },
        },
        initial: 'timing',
        states: {
          // Entered anew, it asks for what time there is now.
          timing: { on: { HURRY: { target: 'timing', reenter: true } }, after: { [name]: 'late' } },
          late: { type: 'final' },
        },
        onDone: 'overran',
      },
      done: { type: 'final', entry: over },
      failed: { type: 'final', entry: [failed, over] },
      overran: { type: 'final', entry: [{ type: 'overran', params }, failed, over] },
      skipped: { type: 'final', entry: [{ type: 'skipped', params }, over] },
    },
  } as const;
}

/** The chart of a runtime whose embedder has added no phase. */
export const shutdownMachine = createShutdownMachine(resolveShutdownPhases());
