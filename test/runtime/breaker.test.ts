import { describe, expect, it } from 'vitest';
import {
  type Breaker,
  type BreakerOptions,
  type ChildHost,
  constant,
  createRuntime,
  type RuntimeEvent,
  taskModule,
} from '../../src/index.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { gate } from '../support/gate.ts';
import { rejection } from '../support/rejection.ts';
import { collect, definePipeline, outline, simulate } from './simulated.ts';

const TOUCHY: BreakerOptions = {
  window: { calls: 4 },
  minimumCalls: 2,
  break: { initial: 100, jitter: 0 },
};

/** A runtime with one task whose fate is in the test's hand. */
async function ward() {
  const patient = { isIll: true, runs: 0 };
  const waiting = gate();
  const simulated = await simulate({
    treat: async () => {
      patient.runs++;
      if (patient.isIll) throw new Error('ill');
      return 'well';
    },
    wait: (_input, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        waiting.passed.then(reject, reject);
      }),
    other: () => 'other',
  });
  const events: RuntimeEvent[] = [];
  simulated.runtime.subscribe((event) => events.push(event));
  const types = () => events.map(({ type }) => type).filter((type) => type.startsWith('breaker.'));
  const node = () =>
    simulated.runtime.query.tree().children?.find(({ id }) => id === 'breakers')?.children;
  const tryTwice = async () => {
    for (let run = 0; run < 2; run++) {
      await rejection(simulated.runtime.run(simulated.steps.treat, 0), 'TaskFailed');
    }
  };
  return { ...simulated, patient, waiting, events, types, node, tryTwice };
}

describe('runtime.breaker', () => {
  it('makes a breaker under the supervision tree, and gives it again', async () => {
    const { runtime, clock, node, types } = await ward();
    const mail = await runtime.breaker('mail', TOUCHY);
    expect(await runtime.breaker('mail')).toBe(mail);
    expect(node()).toEqual([{ id: 'mail', type: 'worker', status: 'closed', restarts: 0 }]);
    const down = () => Promise.reject(new Error('down'));
    for (let call = 0; call < 2; call++) await expect(mail.execute(down)).rejects.toThrow('down');
    await rejection(mail.execute(down), 'BreakerOpen');
    expect(node()).toMatchObject([{ id: 'mail', status: 'open' }]);
    expect(runtime.query.health()).toMatchObject({
      status: 'running',
      breakers: { mail: { state: 'open', failures: 2, rejected: 1, retryAfter: 100 } },
    });
    await clock.advance(100);
    expect(types()).toEqual(['breaker.opened', 'breaker.half_opened']);
    await runtime.shutdown();
    expect(mail.state).toBe('stopped');
    expect(clock.pending).toBe(0);
  });

  it('makes one however many ask at once, and refuses options for one that is there', async () => {
    const { runtime } = await ward();
    const [one, other] = await Promise.all([runtime.breaker('a'), runtime.breaker('a')]);
    expect(one).toBe(other);
    await rejection(runtime.breaker('a', {}), 'DuplicateId');
    await rejection(runtime.breaker('b', { probes: 0 }), 'InvalidOption');
    await rejection(runtime.breaker('b', null as never), 'InvalidOption');
    await rejection(runtime.breaker(''), 'InvalidOption');
    expect(Object.keys(runtime.query.health().breakers ?? {})).toEqual(['a']);
  });

  it('lets go of one that is disposed of', async () => {
    const { runtime, node } = await ward();
    const first = await runtime.breaker('a');
    first[Symbol.dispose]();
    expect(node()).toEqual([]);
    expect(runtime.query.health()).not.toHaveProperty('breakers');
    expect(await runtime.breaker('a', TOUCHY)).not.toBe(first);
  });

  it('is restarted when it fails itself; meanwhile everything passes, and the handle goes on', async () => {
    const random = seededRandom(1);
    let isBroken = true;
    const { next } = random;
    random.next = () => {
      if (isBroken) throw new Error('no chance');
      return next();
    };
    const { runtime, clock } = await simulate({}, { random });
    const restarts: RuntimeEvent[] = [];
    runtime.subscribe((event) => event.type === 'child.restarted' && restarts.push(event));
    const breaker = await runtime.breaker('mail', TOUCHY);
    const failTwice = () => {
      for (let call = 0; call < 2; call++) {
        const admission = breaker.admit();
        if (admission.admitted) admission.settle('failure');
      }
    };
    failTwice();
    expect(breaker.state).toBe('stopped');
    expect(breaker.admit().admitted).toBe(true);
    await clock.advance(0);
    expect(breaker.state).toBe('closed');
    expect(restarts).toMatchObject([{ supervisor: 'breakers', child: 'mail', reason: 'error' }]);
    isBroken = false;
    failTwice();
    expect(breaker.state).toBe('open');
    expect(runtime.query.health()).toMatchObject({ status: 'running', breakers: { mail: {} } });
  });

  it('is given up when it fails too often: then everything passes, and the runtime lives', async () => {
    const random = seededRandom(1);
    random.next = () => {
      throw new Error('no chance');
    };
    const { runtime, clock, steps } = await simulate({ one: () => 1 }, { random });
    const [ill, well] = [await runtime.breaker('ill', TOUCHY), await runtime.breaker('well')];
    await runtime.attachBreaker(steps.one, ill);
    for (let failure = 0; failure < 10; failure++) {
      const admission = ill.admit();
      if (admission.admitted) admission.settle('failure');
      await clock.advance(0);
    }
    expect([ill.state, well.state]).toEqual(['stopped', 'stopped']);
    expect(await runtime.run(steps.one, 0)).toBe(1);
    await rejection(runtime.breaker('late'), 'InvalidState');
    const { status, breakers } = runtime.query.health();
    expect([status, Object.keys(breakers ?? {})]).toEqual(['running', ['ill']]);
  });

  it('makes none once the runtime is shut down', async () => {
    const { runtime } = await ward();
    await runtime.shutdown();
    await rejection(runtime.breaker('a'), 'RuntimeClosed');
  });
});

describe('a breaker as the gate of restarts', () => {
  it('S34 open, it holds them and they spend no budget; half-open, it starts one probe', async () => {
    const { runtime, clock } = await ward();
    const gate = await runtime.breaker('database', TOUCHY);
    const alive = new Map<string, ChildHost>();
    const starts: string[] = [];
    let failures = 0;
    const start = (host: ChildHost) => {
      starts.push(host.id);
      if (failures-- > 0) throw new Error('still down');
      alive.set(host.id, host);
      const stop = () => host.exited({ kind: 'shutdown' });
      return { stop, kill: stop };
    };
    const clients = await runtime.supervise({
      id: 'clients',
      strategy: 'one_for_one',
      intensity: { intensity: 0 },
      children: [
        { id: 'a', start, gate },
        { id: 'b', start, gate },
      ],
    });
    const statuses = () => clients.whichChildren().map(({ status }) => status);
    const down = () => Promise.reject(new Error('down'));
    for (let call = 0; call < 2; call++) await expect(gate.execute(down)).rejects.toThrow('down');
    for (const host of alive.values()) host.exited({ kind: 'error', error: new Error('lost') });
    await clock.advance(99);
    expect(statuses()).toEqual(['restarting', 'restarting']);
    // One of them is the probe; that it fails opens the breaker for longer.
    failures = 1;
    await clock.advance(1);
    expect(starts).toEqual(['a', 'b', 'a']);
    expect(gate.metrics()).toMatchObject({ state: 'open', opened: 2, retryAfter: 200 });
    await clock.advance(199);
    expect(starts).toHaveLength(3);
    await clock.advance(201);
    expect(statuses()).toEqual(['running', 'running']);
    expect([gate.state, clients.status]).toEqual(['closed', 'running']);
  });
});

describe('runtime.attachBreaker', () => {
  it('holds back the attempts of an ill task, and of no other', async () => {
    const { runtime, steps, patient, tryTwice, types } = await ward();
    const breaker = await runtime.attachBreaker(steps.treat, TOUCHY);
    expect(breaker.id).toBe('steps.treat');
    await tryTwice();
    const error = await rejection(runtime.run(steps.treat, 0), 'BreakerOpen');
    expect(error.details).toMatchObject({
      breaker: 'steps.treat',
      state: 'open',
      retryAfter: 100,
      task: 'steps.treat',
      step: 'task',
    });
    expect(patient.runs).toBe(2);
    expect(await runtime.run(steps.other, 0)).toBe('other');
    expect(breaker.metrics()).toMatchObject({ calls: 2, failures: 2, rejected: 1 });
    expect(types()).toEqual(['breaker.opened']);
  });

  it('lets one probe through once the break is over, and all when that went well', async () => {
    const { runtime, clock, steps, patient, tryTwice } = await ward();
    const breaker = await runtime.attachBreaker('steps.treat', TOUCHY);
    await tryTwice();
    await clock.advance(100);
    patient.isIll = false;
    const [probe, held] = [runtime.run(steps.treat, 0), runtime.run(steps.treat, 0)];
    await rejection(held, 'BreakerOpen');
    expect(await probe).toBe('well');
    expect(breaker.state).toBe('closed');
    expect(await runtime.run(steps.treat, 0)).toBe('well');
  });

  it('makes a retry wait as long as the breaker asks', async () => {
    const { runtime, clock, steps, patient, tryTwice } = await ward();
    await runtime.attachBreaker(steps.treat, TOUCHY);
    await tryTwice();
    const retry = constant({ attempts: 2, delay: 1 });
    const cure = definePipeline({ id: 'cure', steps: { only: { task: steps.treat, retry } } });
    const execution = await runtime.start(cure, undefined);
    patient.isIll = false;
    await clock.advance(99);
    expect(patient.runs).toBe(2);
    await clock.advance(1);
    expect(await execution.result()).toEqual({ only: 'well' });
    const events = await collect(execution.events());
    expect(outline(events)).toContain('step.retrying only');
    expect(events.find(({ type }) => type === 'step.retrying')).toMatchObject({
      delay: 100,
      error: { code: 'BreakerOpen' },
    });
  });

  it('does not count attempts that were cancelled, or ran into the limit of their execution', async () => {
    const { runtime, clock, steps } = await ward();
    const breaker = await runtime.attachBreaker(steps.wait, { ...TOUCHY, minimumCalls: 1 });
    const controller = new AbortController();
    const call = runtime.run(steps.wait, 0, { signal: controller.signal });
    await clock.advance(5);
    controller.abort();
    await rejection(call, 'ExecutionCancelled');
    const timeout = rejection(runtime.run(steps.wait, 0, { timeout: 10 }), 'ExecutionTimeout');
    await clock.advance(10);
    await timeout;
    expect(breaker.metrics()).toMatchObject({ state: 'closed', calls: 0, cancelled: 2 });
  });

  it('counts how long an attempt took', async () => {
    const { runtime, clock, steps, waiting } = await ward();
    const options = { ...TOUCHY, minimumCalls: 1, slowCallDuration: 30, slowCallRate: 0.5 };
    const slow = await runtime.attachBreaker(steps.wait, { ...options, isFailure: () => false });
    const call = rejection(runtime.run(steps.wait, 0), 'TaskFailed');
    await clock.advance(31);
    waiting.open();
    await call;
    expect(slow.metrics()).toMatchObject({ state: 'open', slow: 1, failures: 0, slowCallRate: 1 });
  });

  it('takes a breaker that is there, also for several tasks', async () => {
    const { runtime, steps, tryTwice } = await ward();
    const shared = await runtime.breaker('clinic', TOUCHY);
    expect(await runtime.attachBreaker(steps.treat, shared)).toBe(shared);
    await runtime.attachBreaker(steps.other, shared);
    await tryTwice();
    await rejection(runtime.run(steps.other, 0), 'BreakerOpen');
    shared[Symbol.dispose]();
    expect(await runtime.run(steps.other, 0)).toBe('other');
    const own: Breaker = await runtime.attachBreaker(steps.other, TOUCHY);
    expect(own.id).toBe('steps.other');
  });

  it('takes no breaker of another runtime, and none that was disposed of', async () => {
    const { runtime, steps } = await ward();
    const elsewhere = await (await ward()).runtime.breaker('mail');
    const gone = await runtime.breaker('gone');
    gone[Symbol.dispose]();
    for (const breaker of [elsewhere, gone]) {
      const error = await rejection(runtime.attachBreaker(steps.treat, breaker), 'InvalidOption');
      expect(error.details.field).toBe('breaker');
    }
    const mail = await runtime.breaker('mail');
    await rejection(runtime.attachBreaker(steps.treat, elsewhere), 'InvalidOption');
    await runtime.attachBreaker(steps.treat, mail);
    await runtime.shutdown();
    await rejection(runtime.attachBreaker(steps.other, mail), 'RuntimeClosed');
  });

  it('puts one breaker before a task, not two', async () => {
    const { runtime, steps } = await ward();
    const breaker = await runtime.attachBreaker(steps.treat);
    await rejection(runtime.attachBreaker(steps.treat), 'DuplicateId');
    await rejection(runtime.attachBreaker(steps.treat, TOUCHY), 'DuplicateId');
    const other = await runtime.breaker('other');
    const error = await rejection(runtime.attachBreaker(steps.treat, other), 'DuplicateId');
    expect(error.message).toBe('task steps.treat already has the breaker steps.treat');
    expect(breaker.state).toBe('closed');
    await runtime.attachBreaker(steps.other, other);
    await rejection(runtime.attachBreaker(steps.other, TOUCHY), 'DuplicateId');
    expect(Object.keys(runtime.query.health().breakers ?? {})).toEqual(['steps.treat', 'other']);
    await rejection(runtime.attachBreaker(7 as never), 'InvalidOption');
    await rejection(runtime.attachBreaker('nameless'), 'TaskNotFound');
  });

  it('fails an execution that it holds back in the middle, and leaves nothing of it', async () => {
    const { runtime, steps, patient, tryTwice } = await ward();
    const breaker = await runtime.attachBreaker(steps.treat, TOUCHY);
    await tryTwice();
    const items = Array.from({ length: 20 }, (_, item) => item);
    const many = definePipeline({
      id: 'many',
      steps: {
        first: { task: steps.other },
        all: { task: steps.treat, needs: ['first'], each: () => items },
      },
    });
    const execution = await runtime.start(many, undefined);
    await rejection(execution.result(), 'BreakerOpen');
    expect(patient.runs).toBe(2);
    expect(breaker.metrics().rejected).toBe(20);
    expect(runtime.query.health().executions).toBe(0);
    expect((await runtime.shutdown()).overran).toEqual([]);
  });
});

describe('a breaker before a task on a real thread', () => {
  it('hears of failures, and of the wait that the task was asked for', async () => {
    const url = new URL('./fixtures/busy.mjs', import.meta.url);
    const tasks = taskModule<{ busy: (retryAfter: number) => void }>('tasks', url);
    await using runtime = await createRuntime({ tasks: [tasks], threads: 1 });
    const breaker = await runtime.attachBreaker(tasks.busy, TOUCHY);
    await rejection(runtime.attachBreaker('tasks.lost'), 'TaskNotFound');
    const error = await rejection(runtime.run(tasks.busy, 1_000), 'TaskFailed');
    expect(error.cause).toMatchObject({ message: 'busy', retryAfter: 1_000 });
    await rejection(runtime.run(tasks.busy, 60_000), 'TaskFailed');
    const { details } = await rejection(runtime.run(tasks.busy, 0), 'BreakerOpen');
    expect(details.retryAfter).toBeGreaterThan(50_000);
    expect(breaker.metrics()).toMatchObject({ state: 'open', calls: 2, failures: 2 });
  });
});
