import { assign, setup } from 'xstate';
import { type HealthState, type HealthStatus, worstOf } from '../src/model/index.ts';

/** Who performs what the chart decides. */
export interface HealthPerformer {
  /** The health has another state than before; these checks do not pass. */
  changed(state: HealthState, troubled: readonly string[]): void;
}

export type HealthEvent =
  /** The runtime has come up. */
  | { readonly type: 'STARTED' }
  /** A check is there; nothing is known of it yet. */
  | { readonly type: 'CHECK_ADDED'; readonly name: string }
  /** Where a check stands. */
  | { readonly type: 'CHECK_REPORTED'; readonly name: string; readonly status: HealthStatus }
  | { readonly type: 'CHECK_REMOVED'; readonly name: string };

export interface HealthInput {
  readonly performer: HealthPerformer;
  /** The runtime came up before. */
  readonly started: boolean;
  /** The checks that are there from the start. */
  readonly checks: readonly string[];
}

export interface HealthContext extends Omit<HealthInput, 'checks'> {
  /** Where each check stands; undefined while nothing is known. */
  readonly checks: ReadonlyMap<string, HealthStatus | undefined>;
}

type Checks = HealthContext['checks'];

function withCheck(checks: Checks, name: string, status: HealthStatus | undefined): Checks {
  return checks.get(name) === status && checks.has(name)
    ? checks
    : new Map(checks).set(name, status);
}

function withoutCheck(checks: Checks, name: string): Checks {
  return new Map([...checks].filter(([other]) => other !== name));
}

/** The worst of what is known. */
function overall({ checks }: HealthContext): HealthStatus {
  return worstOf([...checks.values()].filter((status) => status !== undefined));
}

/** The checks that are known not to pass. */
function troubled({ checks }: HealthContext): readonly string[] {
  const isTroubled = (status?: HealthStatus) => status === 'warn' || status === 'fail';
  return [...checks].filter(([, status]) => isTroubled(status)).map(([name]) => name);
}

/** The runtime is up, and each check has found something. */
function isKnown({ started, checks }: HealthContext): boolean {
  return started && ![...checks.values()].includes(undefined);
}

const told = (state: HealthState) => ({ type: 'changed', params: { state } }) as const;

/**
 * The health of a runtime as a whole: starting until the runtime is up and each check has found
 * something, then as good as its worst check. A check that joins later counts from its first result.
 */
export const healthMachine = setup({
  types: {
    context: {} as HealthContext,
    events: {} as HealthEvent,
    input: {} as HealthInput,
  },
  actions: {
    start: assign({ started: true }),
    remember: assign({
      checks: ({ context, event }) => {
        if (event.type === 'CHECK_ADDED') return withCheck(context.checks, event.name, undefined);
        if (event.type !== 'CHECK_REPORTED') return context.checks;
        return withCheck(context.checks, event.name, event.status);
      },
    }),
    forget: assign({
      checks: ({ context, event }) =>
        event.type === 'CHECK_REMOVED' ? withoutCheck(context.checks, event.name) : context.checks,
    }),
    changed: ({ context }, { state }: { state: HealthState }) =>
      context.performer.changed(state, troubled(context)),
  },
  guards: {
    startsWell: ({ context }) => isKnown(context) && overall(context) === 'pass',
    startsPoorly: ({ context }) => isKnown(context) && overall(context) === 'warn',
    startsIll: ({ context }) => isKnown(context) && overall(context) === 'fail',
    passes: ({ context }) => overall(context) === 'pass',
    warns: ({ context }) => overall(context) === 'warn',
    fails: ({ context }) => overall(context) === 'fail',
  },
}).createMachine({
  id: 'health',
  context: ({ input: { checks, ...input } }) => ({
    ...input,
    checks: new Map(checks.map((name) => [name, undefined])),
  }),
  initial: 'starting',
  on: {
    CHECK_ADDED: { actions: 'remember' },
    CHECK_REPORTED: { actions: 'remember' },
    CHECK_REMOVED: { actions: 'forget' },
  },
  states: {
    starting: {
      on: { STARTED: { actions: 'start' } },
      always: [
        { guard: 'startsWell', target: 'healthy' },
        { guard: 'startsPoorly', target: 'degraded' },
        { guard: 'startsIll', target: 'unhealthy' },
      ],
    },
    healthy: {
      entry: told('healthy'),
      always: [
        { guard: 'warns', target: 'degraded' },
        { guard: 'fails', target: 'unhealthy' },
      ],
    },
    degraded: {
      entry: told('degraded'),
      always: [
        { guard: 'passes', target: 'healthy' },
        { guard: 'fails', target: 'unhealthy' },
      ],
    },
    unhealthy: {
      entry: told('unhealthy'),
      always: [
        { guard: 'passes', target: 'healthy' },
        { guard: 'warns', target: 'degraded' },
      ],
    },
  },
});
