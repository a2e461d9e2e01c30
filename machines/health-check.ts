import { assign, setup } from 'xstate';
import {
  failedReading,
  type HealthReading,
  type HealthStanding,
  initialStanding,
  nextStanding,
  type ResolvedHealthCheck,
  worstOf,
} from '../src/model/index.ts';

/** Who performs what the chart decides: the check itself. */
export interface HealthCheckPerformer {
  /** Calls the check; sends `SETTLED` when it is through, whatever becomes of it. */
  run(): void;
  /** Asks the run that is under way to end. */
  abort(): void;
  /** There is a new result. */
  report(standing: HealthStanding): void;
  /** Monotonic milliseconds. */
  now(): number;
}

export interface HealthCheckEvent {
  readonly type: 'SETTLED';
  readonly readings: readonly HealthReading[];
}

export interface HealthCheckInput {
  readonly performer: HealthCheckPerformer;
  readonly check: ResolvedHealthCheck;
}

/** What the last run found; kept until the next one is through. */
export interface HealthResult {
  readonly readings: readonly HealthReading[];
  /** When it was found, in monotonic milliseconds. */
  readonly at: number;
}

export interface HealthCheckContext extends HealthCheckInput {
  readonly standing: HealthStanding;
  /** Undefined before the first. */
  readonly result: HealthResult | undefined;
  /** When the present run began. */
  readonly startedAt: number;
}

/** The context after a run that found this. */
function recorded(
  { performer, check, standing }: HealthCheckContext,
  readings: readonly HealthReading[],
): Pick<HealthCheckContext, 'standing' | 'result'> {
  const found = worstOf(readings.map(({ status = 'pass' }) => status));
  return {
    standing: nextStanding(standing, found, check),
    result: { readings, at: performer.now() },
  };
}

/** Milliseconds; a timer that is later than this was held up by a busy event loop. */
const HELD_UP = 50;

/** How much later than its timeout it is: time in which a run could not be heard. */
function lateness({ performer, check, startedAt }: HealthCheckContext): number {
  return performer.now() - startedAt - check.timeout;
}

const settles = { SETTLED: { target: 'judging', actions: ['record', 'report'] } } as const;
const overruns = { target: 'overdue', actions: ['abort', 'recordOverrun', 'report'] } as const;

/**
 * One check of a runtime's health: it runs, waits for its period, and runs again. A run that takes
 * too long has failed, and keeps the check from running again until it is over: nothing is asked
 * twice at a time. When the event loop was blocked meanwhile, a run gets back what it lost by that,
 * once: its answer may lie there unread. One that is for the startup only has done its work once it succeeds.
 */
export const healthCheckMachine = setup({
  types: {
    context: {} as HealthCheckContext,
    events: {} as HealthCheckEvent,
    input: {} as HealthCheckInput,
  },
  actions: {
    run: ({ context }) => context.performer.run(),
    abort: ({ context }) => context.performer.abort(),
    begin: assign({ startedAt: ({ context }) => context.performer.now() }),
    record: assign(({ context, event }) => recorded(context, event.readings)),
    recordOverrun: assign(({ context }) => {
      const { performer, check, startedAt } = context;
      const taken = Math.round(performer.now() - startedAt);
      const limit = `its timeout is ${check.timeout} ms`;
      return recorded(context, [failedReading(`no answer for ${taken} ms; ${limit}`)]);
    }),
    report: ({ context: { performer, check, standing } }) => {
      // What has not come up yet is not known yet.
      if (check.kind !== 'startup' || standing.status !== 'fail') performer.report(standing);
    },
  },
  guards: {
    wasHeldUp: ({ context }) => lateness(context) > HELD_UP,
    hasStarted: ({ context }) =>
      context.check.kind === 'startup' && context.standing.status !== 'fail',
  },
  delays: {
    period: ({ context }) => context.check.period,
    timeout: ({ context }) => context.check.timeout,
    lost: ({ context }) => lateness(context),
  },
}).createMachine({
  id: 'health-check',
  context: ({ input }) => ({
    ...input,
    standing: initialStanding(input.check.kind),
    result: undefined,
    startedAt: 0,
  }),
  initial: 'checking',
  states: {
    checking: {
      entry: ['begin', 'run'],
      on: settles,
      after: { timeout: [{ guard: 'wasHeldUp', target: 'extended' }, overruns] },
    },
    extended: { on: settles, after: { lost: overruns } },
    overdue: {
      on: { SETTLED: 'waiting' },
      after: { period: { target: 'overdue', reenter: true, actions: ['recordOverrun', 'report'] } },
    },
    judging: { always: [{ guard: 'hasStarted', target: 'over' }, { target: 'waiting' }] },
    waiting: { after: { period: 'checking' } },
    over: {},
  },
});
