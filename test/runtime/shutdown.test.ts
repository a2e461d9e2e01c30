import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  createRuntime,
  exitCodeOf,
  MemoryJournal,
  type Runtime,
  taskModule,
} from '../../src/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { openGate } from '../http/fixtures/gate.ts';
import { gate } from '../support/gate.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { until } from '../support/until.ts';
import { advanceTo, simulate } from './simulated.ts';

const held = taskModule<typeof import('./fixtures/held.ts')>(
  'held',
  new URL('./fixtures/held.ts', import.meta.url),
);

describe('the tasks of an embedder in a shutdown', () => {
  it('are done in their phases, among the runtime’s own', async () => {
    const work = gate();
    const { runtime, clock, steps } = await simulate(
      { work: () => work.passed },
      {
        shutdownPhases: {
          flush: { dependsOn: ['aborting'] },
          terminating: { dependsOn: ['flush'] },
        },
      },
    );
    const seen: string[] = [];
    const look = (phase: string) => () => {
      const { status, executions } = runtime.query.health();
      seen.push(`${phase}: ${status}, ${executions}, tree ${runtime.query.tree().status}`);
    };
    for (const phase of ['not_ready', 'flush', 'closing'])
      runtime.onShutdown(phase, 'look', look(phase));
    const result = runtime.run(steps.work);
    await clock.advance(0);
    const ended = runtime.shutdown();
    await clock.advance(10);
    work.open();
    await result;
    await clock.advance(10);
    expect(await ended).toMatchObject({ overran: [], errors: [], skipped: [], zombies: 0 });
    expect(seen).toEqual([
      'not_ready: stopping, 1, tree running',
      'flush: stopping, 0, tree running',
      'closing: stopping, 0, tree stopped',
    ]);
  });

  it('hold up neither the others nor the end, and are named', async () => {
    const { runtime, clock } = await simulate({}, { shutdownTimeout: 1_000 });
    let aborted = false;
    runtime.onShutdown('draining', 'hang', ({ signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => {});
    });
    const error = new Error('no');
    runtime.onShutdown('closing', 'fail', () => Promise.reject(error));
    const ended = runtime.shutdown();
    await clock.advance(1_000);
    const report = await ended;
    expect(report).toMatchObject({
      overran: [{ phase: 'draining', task: 'hang' }],
      errors: [{ phase: 'closing', task: 'fail', error }],
    });
    expect(report.elapsed).toBeLessThan(1_000);
    expect(aborted).toBe(true);
    expect(runtime.query.health().status).toBe('stopped');
  });

  it('wait for themselves when they await the shutdown, until the time of their phase is up', async () => {
    const { runtime, clock } = await simulate(
      {},
      { shutdownPhases: { draining: { timeout: 500 } } },
    );
    let done = false;
    runtime.onShutdown('draining', 'circle', () => runtime.shutdown({ reason: 'again' }));
    runtime.onShutdown('draining', 'asks', () => void runtime.shutdown({ reason: 'again' }));
    runtime.onShutdown('closing', 'later', () => {
      done = true;
    });
    const ended = runtime.shutdown({ reason: 'first' });
    await clock.advance(10_000);
    expect(await ended).toMatchObject({
      reason: 'first',
      elapsed: 500,
      overran: [{ phase: 'draining', task: 'circle' }],
      errors: [],
    });
    expect(done).toBe(true);
  });

  it('are refused once their phase has begun', async () => {
    const { runtime, clock } = await simulate({});
    const unused = runtime.onShutdown('draining', 'unused', () => expect.fail('was taken out'));
    unused[Symbol.dispose]();
    thrown(() => runtime.onShutdown('nowhere', 'x', () => {}), 'InvalidOption');
    thrown(() => runtime.onShutdown('draining', 'executions', () => {}), 'DuplicateId');
    const ended = runtime.shutdown();
    thrown(() => runtime.onShutdown('not_ready', 'x', () => {}), 'InvalidState');
    let done = false;
    runtime.onShutdown('closing', 'later', () => {
      done = true;
    });
    await clock.advance(1);
    await ended;
    expect(done).toBe(true);
  });
});

describe('a shutdown', () => {
  it('that is asked for again with less time has less time', async () => {
    const { runtime, clock, steps } = await simulate({ hang: () => new Promise(() => {}) });
    const cut = rejection(runtime.run(steps.hang), 'ExecutionCancelled');
    await clock.advance(0);
    const ended = runtime.shutdown({ reason: 'patience', timeout: 60_000 });
    await clock.advance(1_000);
    void runtime.shutdown({ reason: 'hurry', timeout: 100 });
    await clock.advance(100);
    expect(await ended).toMatchObject({ reason: 'patience' });
    await cut;
  });

  it.each([
    ['timout', { timout: 5 }],
    ['reason', { reason: 5 }],
    ['timeout', { timeout: -5 }],
    ['options', null],
  ])('refuses %s in %o, and does not begin', async (field, options) => {
    const { runtime } = await simulate({});
    const error = await rejection(runtime.shutdown(options as never), 'InvalidOption');
    expect(`${error.details.field}`).toBe(field);
    expect(runtime.query.health().status).toBe('running');
  });

  it('closes the journal once, also when the tree does not come to it', async () => {
    let closed = 0;
    const journal = new MemoryJournal();
    const close = journal.close.bind(journal);
    journal.close = async () => {
      closed++;
      await close();
    };
    await using gate = await openGate();
    const clock = new VirtualClock();
    const patient = { tasks: [held], threads: 1, grace: 60_000, journal, clock };
    const runtime = await createRuntime(patient);
    const cut = rejection(runtime.run(held.wait, { port: gate.port }), 'RuntimeClosed');
    await gate.next();
    const ended = runtime.shutdown({ timeout: 500 });
    await advanceTo('closing', runtime, clock);
    const report = await ended;
    expect(report.overran).toContainEqual({ phase: 'terminating', task: 'supervision tree' });
    expect(report).toMatchObject({ errors: [], zombies: 0 });
    await cut;
    expect(closed).toBe(1);
  });

  it('starts no worker again, and holds its deadline, when a child of the tree never ends', async () => {
    const clock = new VirtualClock();
    const restartIntensity = { intensity: 100 };
    const runtime = await createRuntime({ tasks: [held], threads: 2, restartIntensity, clock });
    const seen: string[] = [];
    runtime.subscribe((event) => seen.push(event.type));
    const start = { stop: () => new Promise<void>(() => {}) };
    const stubborn = { id: 'stubborn', shutdown: 'infinity', start } as const;
    await runtime.supervise({ id: 'own', strategy: 'one_for_one', children: [stubborn] });
    const ended = runtime.shutdown({ timeout: 2_000 });
    await advanceTo('closing', runtime, clock);
    const report = await ended;
    expect(report).toMatchObject({
      errors: [],
      overran: [{ phase: 'terminating', task: 'supervision tree' }],
    });
    expect(report.elapsed).toBeLessThan(2_000);
    expect(exitCodeOf(report)).toBe(124);
    expect(seen).not.toContain('worker.ready');
    expect(seen).not.toContain('child.restarted');
    expect(seen.filter((type) => type === 'worker.exited')).toHaveLength(2);
    expect(runtime.query.tree().status).toBe('stopped');
  });

  it('says what kept the journal from closing', async () => {
    const journal = new MemoryJournal();
    const error = new Error('disk full');
    journal.close = () => Promise.reject(error);
    const { runtime, clock } = await simulate({}, { journal });
    const ended = runtime.shutdown();
    await clock.advance(10_000);
    expect((await ended).errors).toContainEqual({ phase: 'closing', task: 'journal', error });
  });

  it('of a start that failed tells the failure, also without grace', async () => {
    const tasks = [taskModule('bad', new URL('./fixtures/throws.mjs', import.meta.url))];
    await rejection(createRuntime({ tasks, threads: 1, grace: 0 }), 'TaskModuleNotLoaded');
  });
});

describe('F3 a native call that holds a thread', () => {
  /** A runtime on a clock in the test's hand, whose only thread is in a call at the gate. */
  const holding = async (port: number) => {
    const clock = new VirtualClock();
    const runtime = await createRuntime({ tasks: [held], threads: 1, grace: 20, clock });
    const call = runtime.run(held.hold, { port }, { timeout: 200 });
    return { runtime, clock, cut: rejection(call, 'ExecutionTimeout') };
  };

  /** Resolves when the shutdown has come to its last phase. */
  const closing = (runtime: Runtime) =>
    new Promise<void>((resolve) => {
      runtime.onShutdown('closing', 'test', () => resolve());
    });

  it('is waited for as long as there is time: then the report is one of order', async () => {
    await using gate = await openGate();
    const { runtime, clock, cut } = await holding(gate.port);
    const call = await gate.next();
    await clock.advance(200 + 20);
    // The caller is told, and the thread is replaced, though the call still runs.
    await cut;
    const next = runtime.run(held.pass);
    await until(() => runtime.query.pool()?.workers.length === 0);
    await clock.advance(10);
    expect(await next).toBeUndefined();
    const last = closing(runtime);
    let isOver = false;
    const ended = runtime.shutdown({ timeout: 10_000 }).finally(() => {
      isOver = true;
    });
    await last;
    await clock.advance(1_000);
    expect(isOver).toBe(false);
    call.release('over');
    expect(await ended).toMatchObject({ overran: [], errors: [], zombies: 0 });
  });

  it('is none where threads were idle, and had no time to end before the deadline', async () => {
    const clock = new VirtualClock();
    const runtime = await createRuntime({ tasks: [held], threads: 2, clock });
    // The time of the last phase is up before a thread can have ended.
    runtime.onShutdown('closing', 'late', () => clock.advance(10_000));
    const report = await runtime.shutdown({ timeout: 10_000 });
    expect(report.overran).toContainEqual({ phase: 'closing', task: 'late' });
    expect(report.zombies).toBe(0);
    expect(exitCodeOf(report)).toBe(124);
  });

  it('is counted as a zombie when the deadline comes first', async () => {
    await using gate = await openGate();
    const threads = new Set<Worker>();
    const count = (thread: Worker) => {
      threads.add(thread);
      thread.once('exit', () => threads.delete(thread));
    };
    process.on('worker', count);
    const { runtime, clock, cut } = await holding(gate.port);
    await gate.next();
    await clock.advance(200 + 20);
    await cut;
    const last = closing(runtime);
    const ended = runtime.shutdown({ timeout: 300 });
    await last;
    // Its replacement ends on the spot.
    await until(() => threads.size === 1);
    await clock.advance(300);
    process.off('worker', count);
    expect(await ended).toMatchObject({
      elapsed: 300,
      zombies: 1,
      overran: [{ phase: 'closing', task: 'threads' }],
    });
  });
});
