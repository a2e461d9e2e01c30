import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import {
  createRuntime,
  type HealthStatus,
  MemoryJournal,
  type Runtime,
  type RuntimeEvent,
  taskModule,
  type Vitals,
} from '../../src/index.ts';
import { failable, SimulatedPool, VirtualClock } from '../../src/testing/index.ts';
import { openGate } from '../http/fixtures/gate.ts';
import { gate } from '../support/gate.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { simulate } from './simulated.ts';

const held = taskModule<typeof import('./fixtures/held.ts')>(
  'held',
  new URL('./fixtures/held.ts', import.meta.url),
);

/** Vitals in the test's hand. */
function vitalsAt(now: { delay: number }): Vitals {
  return {
    start: () => {},
    stop: () => {},
    eventLoopDelay: () => now.delay,
    eventLoopUtilization: () => 0,
    memory: () => ({ rss: 1, limit: 10 }),
    heap: () => ({ used: 1, limit: 10 }),
  };
}

/** Resolves once the health has become this. */
function becomes(runtime: Runtime, state: string) {
  return new Promise<Extract<RuntimeEvent, { type: 'health.changed' }>>((resolve) => {
    const leave = runtime.subscribe((event) => {
      if (event.type !== 'health.changed' || event.to !== state) return;
      leave();
      resolve(event);
    });
  });
}

describe('the health of a runtime', () => {
  it('is a child of the root, the last to start', async () => {
    await using site = await open();
    const { children } = site.runtime.query.tree();
    expect(children?.at(-1)).toEqual({
      id: 'health',
      type: 'worker',
      status: 'healthy',
      restarts: 0,
    });
  });

  it('passes all that can be asked about one that runs', async () => {
    await using site = await open();
    for (const kind of ['liveness', 'readiness', 'startup', undefined] as const) {
      expect(site.runtime.query.probe(kind).status).toBe('pass');
    }
    expect(site.runtime.query.health()).toMatchObject({ ready: true, state: 'healthy' });
    thrown(() => site.runtime.query.probe('health' as never), 'InvalidOption');
  });

  it('F16: warns of a main loop that was blocked for 5 s, kills nothing, and is well again', async () => {
    const now = { delay: 0 };
    await using site = await open({ vitals: vitalsAt(now) });
    const { runtime, clock } = site;
    const told: string[] = [];
    runtime.subscribe((event) => told.push(event.type));
    now.delay = 5_000;
    await clock.advance(1_000);
    now.delay = 0;
    expect(runtime.query.probe('liveness').status).toBe('warn');
    expect(runtime.query.probe('readiness')).toMatchObject({
      status: 'warn',
      checks: { 'eventLoop:delay': [{ observedValue: 5_000, status: 'warn' }] },
    });
    expect(runtime.query.health()).toMatchObject({ ready: true, state: 'degraded' });
    await clock.advance(1_000);
    expect(runtime.query.probe('readiness').status).toBe('pass');
    expect(told).toEqual(['health.changed', 'health.changed']);
  });

  it('F16: gives up the process whose main loop is blocked again and again', async () => {
    const now = { delay: 6_000 };
    await using site = await open({ vitals: vitalsAt(now) });
    const statuses: HealthStatus[] = [];
    for (let look = 0; look < 3; look++) {
      statuses.push(site.runtime.query.probe('liveness').status);
      await site.clock.advance(1_000);
    }
    statuses.push(site.runtime.query.probe('liveness').status);
    expect(statuses).toEqual(['warn', 'warn', 'fail', 'fail']);
  });

  it('F19: is not ready while what it depends on fails, and stays alive', async () => {
    let error: Error | undefined = new Error('disk full');
    await using site = await open();
    const { runtime, clock } = site;
    using _journal = runtime.health.add({
      name: 'journal:write',
      kind: 'readiness',
      componentType: 'datastore',
      period: 1_000,
      check: async () => {
        if (error !== undefined) throw error;
      },
    });
    await clock.advance(0);
    expect(runtime.query.probe('readiness')).toMatchObject({
      status: 'fail',
      checks: { 'journal:write': [{ status: 'fail', output: 'disk full' }] },
    });
    expect(runtime.query.health()).toMatchObject({
      ready: false,
      state: 'unhealthy',
      status: 'running',
    });
    expect(runtime.query.probe('liveness').status).toBe('pass');
    expect(runtime.query.probe('startup').status).toBe('pass');
    error = undefined;
    await clock.advance(1_000);
    expect(runtime.query.health()).toMatchObject({ ready: true, state: 'healthy' });
  });

  it('F19: is not ready once the journal takes nothing, until it does, or work is to try it', async () => {
    const journal = new MemoryJournal();
    const append = journal.append.bind(journal);
    const { runtime, clock, steps } = await simulate({ work: () => 1 }, { journal });
    const find = () => runtime.query.probe('readiness').checks['journal:append'];
    const work = () => runtime.run(steps.work, undefined);
    await work();
    await clock.advance(1_000);
    expect(find()).toMatchObject([{ status: 'pass' }]);

    journal.append = () => Promise.reject(new Error('disk full'));
    await expect(work()).rejects.toThrow('disk full');
    await clock.advance(1_000);
    expect(find()).toMatchObject([
      { status: 'fail', componentType: 'datastore', output: expect.stringContaining('disk full') },
    ]);
    expect(runtime.query.health()).toMatchObject({ status: 'running', ready: false });
    expect(runtime.query.probe('liveness').status).toBe('pass');

    await clock.advance(30_000);
    expect(find()).toMatchObject([{ status: 'warn' }]);
    expect(runtime.query.health()).toMatchObject({ state: 'degraded', ready: true });

    journal.append = append;
    await work();
    await clock.advance(1_000);
    expect(runtime.query.health()).toMatchObject({ state: 'healthy', ready: true });
    await runtime.shutdown();
  });

  it('is not ready while the runtime drains', async () => {
    const { passed, open: finish } = gate();
    const { runtime, steps } = await simulate({ wait: () => passed });
    const running = runtime.run(steps.wait, undefined);
    const ended = runtime.shutdown();
    expect(runtime.query.probe('readiness')).toMatchObject({
      status: 'fail',
      checks: { 'runtime:state': [{ observedValue: 'stopping' }] },
    });
    expect(runtime.query.probe('liveness').status).toBe('pass');
    const check = { name: 'late', kind: 'readiness', check: () => {} } as const;
    thrown(() => runtime.health.add(check), 'RuntimeClosed');
    finish();
    await running;
    await ended;
    expect(runtime.query.probe('liveness').status).toBe('pass');
    expect(runtime.query.probe('readiness').status).toBe('fail');
  });

  it('has started once the checks for that have passed', async () => {
    let isMigrated = false;
    const check = () => ({ status: isMigrated ? 'pass' : 'fail' }) as const;
    const checks = [{ name: 'migration', kind: 'startup', period: 100, check }] as const;
    await using site = await open({ health: { checks } });
    const { runtime, clock } = site;
    expect(runtime.query.probe('startup').status).toBe('fail');
    expect(runtime.query.probe('readiness').status).toBe('pass');
    expect(runtime.query.health().state).toBe('starting');
    isMigrated = true;
    await clock.advance(100);
    isMigrated = false;
    await clock.advance(1_000);
    expect(runtime.query.probe('startup').status).toBe('pass');
    expect(runtime.query.health().state).toBe('healthy');
  });

  it('warns when an actor has few restarts left, until it has some again', async () => {
    await using site = await open();
    const { runtime, clock } = site;
    const brief = createMachine({
      initial: 'up',
      states: { up: { on: { END: 'over' } }, over: { type: 'final' } },
    });
    const actor = await runtime.spawn(brief, { id: 'brief' });
    const budget = () => runtime.query.probe('readiness').checks['supervisors:restartsLeft'];
    const none = [{ componentType: 'component', status: 'pass', time: expect.any(String) }];
    expect(budget()).toEqual(none);
    for (let end = 0; end < 3; end++) {
      actor.send({ type: 'END' });
      await clock.advance(400);
    }
    expect(budget()).toMatchObject([
      { componentId: 'user/brief', observedValue: 0, status: 'warn' },
    ]);
    expect(runtime.query.health().state).toBe('degraded');
    await clock.advance(6_000);
    expect(budget()).toMatchObject([{ status: 'pass' }]);
    expect(runtime.query.health().state).toBe('healthy');
  });

  it('leaves no timer behind', async () => {
    const { clock, runtime } = await open();
    let looks = 0;
    runtime.health.add({ name: 'a', kind: 'readiness', period: 10, check: () => void looks++ });
    await clock.advance(10);
    expect(looks).toBe(2);
    expect(clock.pending).toBe(0);
    await runtime.shutdown();
    await clock.advance(10_000);
    expect(looks).toBe(2);
  });
});

describe('the health of real threads', () => {
  it('sees a worker whose event loop stands still, and not one that has nothing to do', async () => {
    await using runtime = await createRuntime({
      tasks: [failable],
      threads: 1,
      grace: 20,
      health: { period: 50, workerSilence: { warn: 1_000 } },
    });
    await looks(runtime, 25, 50);
    const idle = runtime.query.probe('readiness').checks['workers:heartbeat'];
    expect(idle).toMatchObject([{ componentId: 'worker-1', status: 'pass' }]);

    const controller = new AbortController();
    const { signal } = controller;
    const silent = becomes(runtime, 'degraded');
    const spinning = runtime.run(failable.failable, { fate: 'spin' }, { signal });
    const cancelled = rejection(spinning, 'ExecutionCancelled');
    expect((await silent).checks).toContain('workers:heartbeat');
    const { checks } = runtime.query.probe('readiness');
    expect(checks['workers:heartbeat']).toMatchObject([{ status: 'warn' }]);
    const well = becomes(runtime, 'healthy');
    controller.abort();
    await cancelled;
    await well;
  });

  it('shows a thread that could not be ended, until it ends', async () => {
    // However busy the machine is.
    const never = { warn: Number.POSITIVE_INFINITY };
    await using runtime = await createRuntime({
      tasks: [held],
      threads: 1,
      grace: 20,
      health: { period: 20, eventLoopDelay: never, eventLoopUtilization: never },
    });
    await using gate = await openGate();
    const degraded = becomes(runtime, 'degraded');
    const holding = runtime.run(held.hold, { port: gate.port }, { timeout: 100 });
    await rejection(holding, 'ExecutionTimeout');
    expect((await degraded).checks).toEqual(['workers:zombies']);
    expect(runtime.query.health()).toMatchObject({ zombies: 1, ready: true });
    (await gate.next()).release('over');
    await becomes(runtime, 'healthy');
    expect(runtime.query.health().zombies).toBe(0);
  });

  it('keeps no process alive', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    const before = timers();
    const dispatcher = new SimulatedPool({ modules: {}, clock: new VirtualClock() });
    await using runtime = await createRuntime({ dispatcher });
    runtime.health.add({ name: 'slow', kind: 'readiness', check: () => new Promise(() => {}) });
    expect(runtime.query.tree().children?.at(-1)?.status).toBe('healthy');
    expect(timers()).toEqual(before);
  });
});

/** Resolves when a check has run as often: time as the health sees it. */
function looks(runtime: Runtime, times: number, period: number): Promise<void> {
  return new Promise((resolve) => {
    let left = times;
    const added = runtime.health.add({
      name: 'test:looks',
      kind: 'readiness',
      period,
      check: () => {
        if (--left > 0) return;
        added[Symbol.dispose]();
        resolve();
      },
    });
  });
}

async function open(options: Parameters<typeof createRuntime>[0] = {}) {
  const clock = new VirtualClock();
  const dispatcher = new SimulatedPool({ modules: {}, clock });
  const runtime = await createRuntime({ dispatcher, clock, ...options });
  return { runtime, clock, [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose]() };
}
