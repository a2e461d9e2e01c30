import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChildHost, RunningChild } from '../../actors/child.ts';
import { HealthMonitor, type RuntimePhase } from '../../actors/health.ts';
import {
  type ExitReason,
  type HealthCheck,
  type HealthOutcome,
  type HealthStatus,
  type RuntimeEvent,
  resolveHealthCheck,
} from '../../src/model/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { thrown } from '../support/thrown.ts';

let clock: VirtualClock;
let events: RuntimeEvent[];
let phase: RuntimePhase;
let vitals: string[];
let exits: ExitReason[];

beforeEach(() => {
  clock = new VirtualClock();
  events = [];
  phase = 'running';
  vitals = [];
  exits = [];
});
afterEach(() => {
  // Nothing that merely watches may look like work that is still to be done.
  expect(clock.pending).toBe(0);
});

function monitor(checks: readonly HealthCheck[] = []) {
  const { logger, lines } = recordingLogger();
  const health = new HealthMonitor({
    service: { serviceId: 'audit' },
    checks: checks.map(resolveHealthCheck),
    phase: () => phase,
    vitals: { start: () => vitals.push('start'), stop: () => vitals.push('stop') },
    clock,
    sink: { publish: (event) => void events.push(event) },
    logger,
  });
  const host = { id: 'health', exited: (why: ExitReason) => void exits.push(why) };
  const start = async () => health.start(host as unknown as ChildHost) as RunningChild;
  return { health, start, lines };
}

/** A check in the test's hand. */
function puppet(options: Partial<HealthCheck> = {}) {
  const runs: { signal: AbortSignal; settle: (outcome: HealthOutcome) => void }[] = [];
  let answer: HealthOutcome | Error | 'wait' = 'wait' as const;
  const check: HealthCheck = {
    name: 'database',
    kind: 'readiness',
    componentType: 'datastore',
    period: 1_000,
    timeout: 500,
    check: ({ signal }) => {
      const now = answer;
      if (now instanceof Error) throw now;
      const waiting = new Promise<HealthOutcome>((resolve) => {
        runs.push({ signal, settle: resolve });
      });
      return now === 'wait' ? waiting : now;
    },
    ...options,
  };
  const answers = (next: typeof answer) => {
    answer = next;
  };
  return { check, runs, answers };
}

const says = (status: HealthStatus) => () => ({ status });
const changes = () =>
  events.flatMap((event) => (event.type === 'health.changed' ? [`${event.from} ${event.to}`] : []));

describe('the health of a runtime', () => {
  it('runs its checks at once, and each after its own period', async () => {
    const counts = { fast: 0, slow: 0 };
    const { health, start } = monitor([
      { name: 'fast', kind: 'readiness', period: 10, check: () => void counts.fast++ },
      { name: 'slow', kind: 'readiness', period: 100, check: () => void counts.slow++ },
    ]);
    await start();
    expect(counts).toEqual({ fast: 1, slow: 1 });
    await clock.advance(100);
    expect(counts).toEqual({ fast: 11, slow: 2 });
    // A question is answered from what is known.
    health.respond();
    expect(counts).toEqual({ fast: 11, slow: 2 });
  });

  it('answers in the format of the draft', async () => {
    const { check, answers } = puppet();
    answers({ observedValue: 12, observedUnit: 'ms', componentId: 'db-1', output: 'fine' });
    const { health, start } = monitor([check]);
    await start();
    health.started();
    await clock.advance(300);
    expect(health.respond('readiness')).toEqual({
      status: 'pass',
      serviceId: 'audit',
      checks: {
        'runtime:state': [{ componentType: 'component', observedValue: 'running', status: 'pass' }],
        database: [
          {
            componentId: 'db-1',
            componentType: 'datastore',
            observedValue: 12,
            observedUnit: 'ms',
            status: 'pass',
            time: '2026-01-01T00:00:00.000Z',
          },
        ],
      },
    });
  });

  it('asks what is local only about being alive', async () => {
    const { health, start } = monitor([
      { name: 'loop', kind: 'liveness', check: says('warn') },
      { name: 'database', kind: 'readiness', check: says('fail') },
    ]);
    await start();
    health.started();
    expect(Object.keys(health.respond('liveness').checks)).toEqual(['runtime:state', 'loop']);
    expect(health.respond('liveness').status).toBe('warn');
    expect(health.respond('readiness').status).toBe('fail');
    phase = 'stopping';
    expect(health.respond('liveness').status).toBe('warn');
    phase = 'failed';
    expect(health.respond('liveness').status).toBe('fail');
  });

  it('is not ready unless the runtime runs', async () => {
    const { health, start } = monitor();
    await start();
    health.started();
    const seen = (['starting', 'running', 'stopping', 'stopped', 'failed'] as const).map((one) => {
      phase = one;
      return health.respond('readiness').status;
    });
    expect(seen).toEqual(['fail', 'pass', 'fail', 'fail', 'fail']);
  });

  it('has started once the runtime is up and all is known, and for good', async () => {
    const { check, runs, answers } = puppet({ kind: 'startup', name: 'migration' });
    const { health, start } = monitor([
      check,
      { name: 'cache', kind: 'readiness', check: says('warn') },
    ]);
    const child = await start();
    const startup = () => {
      const { status, checks } = health.respond('startup');
      return [status, checks['runtime:state']?.[0]?.output];
    };
    expect(startup()).toEqual(['fail', 'the runtime has not come up']);
    health.started();
    expect(startup()).toEqual(['fail', 'waiting for migration']);
    expect(health.respond('readiness').status).toBe('warn');
    answers({});
    runs[0]?.settle({ status: 'fail', output: 'locked' });
    await clock.advance(999);
    expect(startup()).toEqual(['fail', 'waiting for migration']);
    await clock.advance(1);
    expect(startup()).toEqual(['pass', undefined]);
    expect(health.state).toBe('degraded');
    // Long after: it is not asked again, and does not grow old.
    await clock.advance(100_000);
    expect(startup()).toEqual(['pass', undefined]);
    child.kill();
    await start();
    expect(health.respond('startup').checks['runtime:state']?.[0]?.status).toBe('pass');
    expect(changes()).toEqual(['starting degraded']);
    thrown(() => health.add({ name: 'late', kind: 'startup', check: () => {} }), 'InvalidState');
  });

  it('tells of a change, with who is to blame', async () => {
    const { check, answers } = puppet();
    answers({});
    const { health, start, lines } = monitor([check]);
    await start();
    health.started();
    answers({ status: 'warn', output: 'slow' });
    await clock.advance(5_000);
    answers(new Error('connection refused'));
    await clock.advance(5_000);
    answers({});
    await clock.advance(5_000);
    expect(changes()).toEqual([
      'starting healthy',
      'healthy degraded',
      'degraded unhealthy',
      'unhealthy healthy',
    ]);
    expect(events[1]).toEqual({
      type: 'health.changed',
      from: 'healthy',
      to: 'degraded',
      checks: ['database'],
      time: clock.wallTime() - 14_000,
    });
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'debug health: healthy',
      'warn health: degraded',
      'warn health: unhealthy',
      'debug health: healthy',
    ]);
  });
});

describe('a check', () => {
  const entryOf = (health: HealthMonitor) => health.respond('readiness').checks.database?.[0];

  it('is not ready before its first result', async () => {
    const { check, runs } = puppet();
    const { health, start } = monitor([check]);
    await start();
    expect(entryOf(health)).toEqual({
      componentType: 'datastore',
      status: 'fail',
      output: 'not checked yet',
    });
    runs[0]?.settle(undefined);
    await clock.advance(0);
    expect(entryOf(health)?.status).toBe('pass');
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('connection refused');
      },
      'connection refused',
    ],
    ['rejects', () => Promise.reject(new Error('connection refused')), 'connection refused'],
    ['throws an object', () => Promise.reject({ odd: true }), 'the check threw a plain object'],
    ['throws nothing', () => Promise.reject(undefined), 'undefined'],
    ['gives nonsense', () => 'PONG', 'the check gave "PONG"'],
    ['promises nonsense', async () => ({ status: 'up' }), 'the check gave the status "up"'],
    [
      'cannot be read',
      () => ({
        get status() {
          throw new Error('a trap');
        },
      }),
      'a trap',
    ],
    [
      'is a thenable that throws',
      () =>
        Object.defineProperty({}, 'then', {
          get() {
            throw new Error('a trap');
          },
        }),
      'a trap',
    ],
  ])('that %s fails, and harms nobody', async (_, call, output) => {
    const { health, start } = monitor([
      { name: 'database', kind: 'readiness', check: call as HealthCheck['check'] },
    ]);
    await start();
    health.started();
    await clock.advance(0);
    expect(entryOf(health)).toMatchObject({
      status: 'fail',
      output: expect.stringContaining(output),
    });
    expect(health.state).toBe('unhealthy');
    expect(exits).toEqual([]);
  });

  it('that takes too long fails, hears of it, and is not called twice at a time', async () => {
    const { check, runs } = puppet();
    const { health, start } = monitor([check]);
    await start();
    health.started();
    await clock.advance(499);
    expect(runs[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(runs[0]?.signal.reason).toMatchObject({ message: 'the check took longer than 500 ms' });
    expect(entryOf(health)).toMatchObject({
      status: 'fail',
      output: 'no answer for 500 ms; its timeout is 500 ms',
    });
    await clock.advance(10_000);
    expect(runs).toHaveLength(1);
    expect(entryOf(health)?.output).toContain('no answer for 10500 ms');
    runs[0]?.settle(undefined);
    await clock.advance(1_000);
    expect(runs).toHaveLength(2);
    runs[1]?.settle(undefined);
    await clock.advance(0);
    expect(entryOf(health)?.status).toBe('pass');
  });

  it('warns once its result is too old to be trusted', async () => {
    const { check, answers } = puppet({ maxAge: 400 });
    answers({});
    const { health, start } = monitor([check]);
    await start();
    await clock.advance(400);
    expect(entryOf(health)?.status).toBe('pass');
    await clock.advance(1);
    expect(entryOf(health)).toMatchObject({
      status: 'warn',
      output: 'the result is 401 ms old',
      time: '2026-01-01T00:00:00.000Z',
    });
    expect(health.respond('readiness').status).toBe('warn');
    answers({ status: 'fail', output: 'down' });
    await clock.advance(599 + 401);
    // What was bad does not become better by growing old.
    expect(entryOf(health)).toMatchObject({ status: 'fail', output: 'down' });
  });

  it('shows each reading for itself, but none for worse than the check is held for', async () => {
    const replicas: HealthOutcome = [
      { componentId: 'a' },
      { componentId: 'b', status: 'fail', output: 'down' },
    ];
    const { check, answers } = puppet({
      kind: 'liveness',
      failureThreshold: 2,
      successThreshold: 2,
    });
    const { health, start } = monitor([check]);
    const statuses = () =>
      health
        .respond('liveness')
        .checks.database?.map((one) => one.status)
        .join(' ');
    answers(replicas);
    await start();
    expect(statuses()).toBe('pass warn');
    await clock.advance(1_000);
    expect(statuses()).toBe('pass fail');
    answers([{ componentId: 'a' }, { componentId: 'b' }]);
    await clock.advance(1_000);
    expect(statuses()).toBe('fail fail');
    expect(health.respond('liveness').checks.database?.[0]?.output).toContain('failed before');
    await clock.advance(1_000);
    expect(statuses()).toBe('pass pass');
  });

  it('can be added while the health is watched, and taken away', async () => {
    const { check, runs } = puppet();
    const { health, start } = monitor();
    await start();
    health.started();
    const added = health.add(check);
    expect(runs).toHaveLength(1);
    expect(health.state).toBe('healthy');
    thrown(() => health.add(check), 'DuplicateId');
    runs[0]?.settle({ status: 'fail' });
    await clock.advance(0);
    expect(health.state).toBe('unhealthy');
    await clock.advance(1_000);
    added[Symbol.dispose]();
    expect(runs[1]?.signal.aborted).toBe(true);
    expect(health.state).toBe('healthy');
    expect(entryOf(health)).toBeUndefined();
    // What it still says is of no interest.
    runs[1]?.settle({ status: 'fail' });
    await clock.advance(10_000);
    expect(runs).toHaveLength(2);
    const again = health.add(check);
    added[Symbol.dispose]();
    expect(entryOf(health)).toBeDefined();
    again[Symbol.dispose]();
    expect(entryOf(health)).toBeUndefined();
  });

  it('must have a name of its own', () => {
    const { check } = puppet();
    thrown(() => monitor([check, check]), 'DuplicateId');
    thrown(() => monitor([{ ...check, name: 'runtime:state' }]), 'InvalidOption');
    thrown(() => monitor().health.add({ ...check, period: 0 }), 'InvalidOption');
  });
});

describe('as a child', () => {
  it.each(['stop', 'kill'] as const)(
    'ends when it is told to %s, with all of its checks',
    async (end) => {
      const { check, runs } = puppet();
      const { health, start } = monitor([check]);
      const child = await start();
      expect(child.status?.()).toBe('starting');
      child[end]();
      child[end]();
      expect(exits).toEqual([{ kind: 'shutdown' }]);
      expect(runs[0]?.signal.aborted).toBe(true);
      expect(vitals).toEqual(['start', 'stop']);
      runs[0]?.settle(undefined);
      await clock.advance(10_000);
      expect(runs).toHaveLength(1);
      expect(health.respond('liveness')).toMatchObject({ status: 'pass', checks: {} });
    },
  );

  it('keeps its checks through a restart', async () => {
    const { check, answers } = puppet();
    answers({});
    const { health, start } = monitor();
    health.add(check);
    const first = await start();
    health.started();
    first.kill();
    answers({ status: 'warn' });
    const second = await start();
    expect(second.status?.()).toBe('degraded');
    expect(changes()).toEqual(['starting healthy', 'healthy degraded']);
    expect(vitals).toEqual(['start', 'stop', 'start']);
  });
});
