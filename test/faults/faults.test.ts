import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  constant,
  createRuntime,
  definePipeline,
  type Retry,
  type Runtime,
  type RuntimeEvent,
  type RuntimeOptions,
  type TaskReference,
  TroupeError,
  taskModule,
  transfer,
} from '../../src/index.ts';
import { failable } from '../../src/testing/index.ts';
import { openGate } from '../http/fixtures/gate.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/until.ts';

/**
 * What may befall a task and its worker, each fault with its promise, on real threads. F8 has its
 * random frames in `test/pool/nonsense.test.ts` and `test/ipc`, F3 its shutdown in
 * `test/runtime/signals-process.test.ts`.
 */

const { failable: task } = failable;
const faulty = taskModule<typeof import('./fixtures/faulty.ts')>(
  'faulty',
  new URL('./fixtures/faulty.ts', import.meta.url),
);

const GRACE = 50;

function open(options: RuntimeOptions = {}): Promise<Runtime> {
  return createRuntime({ tasks: [failable, faulty], threads: 2, grace: GRACE, ...options });
}

/** A task with limits, as a step of its own. */
function limited(task: TaskReference<never>, limits: { timeout: number } | { retry: Retry }) {
  const only = { task: task as TaskReference<unknown>, ...limits };
  return definePipeline({ id: 'limited', steps: { only }, output: ({ results }) => results.only });
}

async function run(runtime: Runtime, pipeline: ReturnType<typeof limited>, input?: unknown) {
  const execution = await runtime.start(pipeline, input);
  return execution.result();
}

describe('faults', () => {
  let runtime: Runtime;
  const events: RuntimeEvent[] = [];

  beforeAll(async () => {
    runtime = await open({ resourceLimits: { maxOldGenerationSizeMb: 48 } });
    runtime.subscribe((event) => events.push(event));
  });

  afterAll(() => runtime.shutdown());

  const exits = () =>
    events.flatMap((event) => (event.type === 'worker.exited' ? [event.reason] : []));
  /** Others are served meanwhile, and the worker that went is replaced. */
  const isWell = async () => {
    const values = [1, 2, 3, 4];
    expect(
      await Promise.all(values.map((value) => runtime.run(task, { fate: 'ok', value }))),
    ).toEqual(values);
    await until(() => runtime.pool().stats().workers.length === 2);
    expect(runtime.query.health().status).toBe('running');
  };

  it.each([
    ['F1', 'spins', failable.failable, { fate: 'spin' }],
    ['F2', 'waits in Atomics.wait', failable.failable, { fate: 'block' }],
    ['F2', 'backtracks in a regular expression', faulty.redos, undefined],
  ] as const)(
    '%s: a task that %s is killed at its deadline plus grace',
    async (_, __, spun, input) => {
      const before = exits().length;
      const pipeline = limited(spun, { timeout: 20 });
      const failing = rejection(run(runtime, pipeline, input), 'TaskTimeout');
      await isWell();
      expect((await failing).details).toMatchObject({ timeout: 20, step: 'only' });
      await until(() => exits().length > before);
      expect(exits().slice(before)).toEqual(['killed']);
      await isWell();
    },
  );

  it('F3: a native call past its deadline fails on time; its thread is a zombie until it ends', async () => {
    await using gate = await openGate();
    await using held = await open({ threads: 1 });
    const { port } = gate;
    const failing = rejection(
      run(held, limited(faulty.hold, { timeout: 20 }), { port }),
      'TaskTimeout',
    );
    const parked = await gate.next();
    await failing;
    await until(() => held.pool().stats().zombies === 1);
    expect(await held.run(faulty.same, 'served by another thread')).toBe(
      'served by another thread',
    );
    parked.release('on');
    await until(() => held.pool().stats().zombies === 0);
  });

  it('F4: a task that fills its heap fails, and its worker is replaced', async () => {
    const before = exits().length;
    await rejection(runtime.run(task, { fate: 'out-of-memory' }), 'WorkerOutOfMemory');
    expect(exits().slice(before)).toEqual(['out_of_memory']);
    await isWell();
  });

  it('F5: process.exit(0) in a task is a failure', async () => {
    const before = exits().length;
    await rejection(runtime.run(task, { fate: 'exit', code: 0 }), 'WorkerExited');
    expect(exits().slice(before)).toEqual(['exited']);
    await isWell();
  });

  it('F5: the end of a process while a result is read takes no other result along', async () => {
    await using other = await open({ threads: 1 });
    const ok = () => other.run(task, { fate: 'ok', value: 'done' });
    for (let i = 0; i < 20; i++) await ok();
    const before = Promise.all([ok(), ok()]);
    await rejection(other.run(faulty.exitsAsItIsRead), 'WorkerExited');
    expect(await before).toEqual(['done', 'done']);
  });

  it('F6: a rejection that nobody holds is that of the task that runs', async () => {
    const error = await rejection(runtime.run(faulty.rejectsAside), 'WorkerCrashed');
    expect(error).toMatchObject({
      cause: { message: 'aside' },
      details: { task: 'faulty.rejectsAside' },
    });
    await isWell();
  });

  it('F6: what is thrown after a task is logged with the worker, and fails nobody', async () => {
    const { logger, lines } = recordingLogger();
    await using other = await open({ threads: 1, logger });
    const thread = await other.run(faulty.throwsLate);
    await until(() => lines.some(({ level }) => level === 'warn'));
    expect(lines.find(({ level }) => level === 'warn')).toMatchObject({
      fields: { worker: 'worker-1', reason: 'error', error: { message: 'late' } },
    });
    expect(await other.run(faulty.throwsLate)).not.toBe(thread);
  });

  it.each([
    ['text', { message: 'just a text' }],
    ['null', { message: 'null' }],
    ['with a function', { name: 'RangeError', message: 'odd', code: 'E_ODD', hint: 'none' }],
  ])('F7: what a task throws keeps what it can: %s', async (what, expected) => {
    const error = await rejection(runtime.run(faulty.throwsWhat, { what }), 'TaskFailed');
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.cause).toMatchObject(expected);
  });

  it('F7: a deep chain of causes keeps its beginning, with stacks', async () => {
    const error = await rejection(
      runtime.run(faulty.throwsWhat, { what: 'a chain' }),
      'TaskFailed',
    );
    let cause = error.cause as Error;
    for (let depth = 1; depth <= 10; depth++) {
      expect(cause.message).toBe(`cause ${depth}`);
      expect(cause.stack).toContain('faulty');
      cause = cause.cause as Error;
    }
  });

  it('F9: what cannot be carried is refused with its path, and harms nobody', async () => {
    const deep = () => {
      let value: unknown = 1;
      for (let depth = 0; depth < 10_000; depth++) value = [value];
      return value;
    };
    const refused: readonly [unknown, string][] = [
      [{ list: [{ f: () => 1 }] }, 'input.list[0].f'],
      [new Map([['k', Symbol('s')]]), 'input.get("k")'],
      [{ wait: Promise.resolve() }, 'input.wait'],
      [deep(), 'input[0]'],
    ];
    const good = runtime.run(faulty.same, 'good');
    for (const [value, path] of refused) {
      const error = await rejection(runtime.run(faulty.same, value), 'NotSerializable');
      expect(String(error.details.path)).toContain(path);
    }
    expect(await good).toBe('good');
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const back = (await runtime.run(faulty.same, cyclic)) as typeof cyclic;
    expect(back.self).toBe(back);
  });

  it('F10: what structured clone carries is exact on the other side', async () => {
    const value = {
      numbers: new Float64Array([Math.PI, -0, Number.NaN]),
      map: new Map<unknown, unknown>([[1n, new Set(['a', new Date(5)])]]),
      big: -(2n ** 80n),
      error: Object.assign(new TypeError('t', { cause: 1 }), { code: 'E' }),
      pattern: /a+/giu,
    };
    expect(await runtime.run(faulty.same, value)).toEqual(value);
    const bytes = new Uint8Array(16 * 2 ** 20).fill(7);
    const back = (await runtime.run(faulty.same, transfer(bytes))) as Uint8Array;
    // It has moved: nothing of it is left here.
    expect(bytes.byteLength).toBe(0);
    expect([back.byteLength, back[0], back.at(-1)]).toEqual([16 * 2 ** 20, 7, 7]);
  });

  it('F11: __proto__ and constructor are names like any other', async () => {
    const input: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "a": 3}');
    const [isPolluted, keys] = await runtime.run(faulty.isPolluted, input);
    expect(isPolluted).toBe(false);
    expect(keys).toEqual(['__proto__', 'constructor', 'a']);
    const back = (await runtime.run(faulty.same, input)) as object;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.keys(back)).toEqual(keys);
    expect('polluted' in {}).toBe(false);
  });

  it('F12: a payload over the limit is refused, on either way', async () => {
    const maxBytes = 64 * 1_024;
    await using other = await open({ threads: 1, values: { maxBytes } });
    const large = new Uint8Array(maxBytes + 1);
    const there = await rejection(other.run(faulty.same, large), 'PayloadTooLarge');
    expect(there.details).toMatchObject({ limit: maxBytes });
    const back = await rejection(
      other.run(faulty.gives, { bytes: maxBytes + 1 }),
      'PayloadTooLarge',
    );
    expect(back.details).toMatchObject({ limit: maxBytes, task: 'faulty.gives' });
    expect(await other.run(faulty.same, 'small')).toBe('small');
  });

  it('F13: a poison task is given up after its attempts, and its breaker holds it back then', async () => {
    const breaker = await runtime.attachBreaker(task, {
      window: { calls: 3 },
      minimumCalls: 3,
      failureRate: 1,
    });
    const before = exits().length;
    const poison = limited(task, {
      retry: constant({ attempts: 3, delay: 1 }),
    });
    const error = await rejection(run(runtime, poison, { fate: 'exit' }), 'WorkerExited');
    expect(error.details).toMatchObject({ step: 'only' });
    expect(exits().slice(before)).toEqual(['exited', 'exited', 'exited']);
    await rejection(runtime.run(task, { fate: 'ok' }), 'BreakerOpen');
    expect(await runtime.run(faulty.same, 'others are served')).toBe('others are served');
    breaker[Symbol.dispose]();
    await isWell();
  });

  it('F14: when all workers die again and again, everybody is told why, and nobody hangs', async () => {
    const other = await open({ restartIntensity: { intensity: 3, period: 60_000 } });
    const calls = Array.from({ length: 50 }, () => other.run(task, { fate: 'exit' }));
    const outcomes = await Promise.allSettled(calls);
    const codes = outcomes.map((outcome) =>
      outcome.status === 'rejected' && TroupeError.is(outcome.reason)
        ? outcome.reason.code
        : 'none',
    );
    expect(new Set(codes)).toEqual(new Set(['WorkerExited', 'RuntimeClosed']));
    const error = await rejection(other.run(faulty.same, 1), 'RuntimeClosed');
    expect(error.message).toMatch(/worker|pool/);
    expect(other.query.health()).toMatchObject({ status: 'failed', state: 'unhealthy' });
    await other.shutdown();
  });
});
