import { describe, expect, it } from 'vitest';
import { createActor, setup, toPromise } from 'xstate';
import {
  createRuntime,
  definePipeline,
  type Executor,
  fromTask,
  type Runtime,
  type RuntimeEvent,
  type RuntimeOptions,
  type TaskReference,
  taskModule,
} from '../../src/index.ts';
import { type Command, runProgram } from '../cli/command.ts';
import { openGate } from '../http/fixtures/gate.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/until.ts';

/** Where tasks run, and who says so. */

const places = taskModule<typeof import('./fixtures/places.ts')>(
  'places',
  new URL('./fixtures/places.ts', import.meta.url),
);

function open(options: RuntimeOptions = {}): Promise<Runtime> {
  return createRuntime({ tasks: [places], threads: 1, grace: 50, ...options });
}

/** An executor that says which it is. */
const saying = (name: string): Executor => ({ run: () => name });

const onStep = (task: TaskReference<never>, executor?: string) => {
  const only = { task: task as TaskReference<unknown>, ...(executor && { executor }) };
  return definePipeline({ id: 'p', steps: { only }, output: ({ results }) => results.only });
};

async function result(runtime: Runtime, pipeline: ReturnType<typeof onStep>): Promise<unknown> {
  const execution = await runtime.start(pipeline, undefined);
  return execution.result();
}

describe('where a task runs', () => {
  it('is on a thread where nobody says anything, and where somebody says so', async () => {
    await using runtime = await open();
    const { pid } = process;
    expect(await runtime.run(places.where)).toEqual({ process: pid, isMain: false });
    expect(await runtime.run(places.where, undefined, { executor: 'thread' })).toEqual({
      process: pid,
      isMain: false,
    });
  });

  it('is what the run says, else the step, else the task', async () => {
    await using runtime = await open({ executors: { a: saying('a'), b: saying('b') } });
    const home = { process: process.pid, isMain: true };
    expect(await runtime.run(places.atHome)).toEqual(home);
    expect(await result(runtime, onStep(places.atHome))).toEqual(home);
    expect(await runtime.run(places.atHome, undefined, { executor: 'a' })).toBe('a');
    expect(await runtime.run(places.atHome, undefined, { executor: 'b' })).toBe('b');
    expect(await result(runtime, onStep(places.atHome, 'b'))).toBe('b');
    expect(await result(runtime, onStep(places.atHome, 'thread'))).toMatchObject({ isMain: false });
    expect(await runtime.run(places.where, undefined, { executor: 'a', cache: { ttl: 9 } })).toBe(
      'a',
    );
  });

  it('can be said of a task in a statechart, and of a stream', async () => {
    await using runtime = await open();
    const options = { runtime, executor: 'inline' };
    const machine = setup({ actors: { where: fromTask(places.where, options) } }).createMachine({
      initial: 'asking',
      states: { asking: { invoke: { src: 'where', onDone: 'done' } }, done: { type: 'final' } },
      output: ({ event }) => event,
    });
    const actor = createActor(machine).start();
    await toPromise(actor);
    const stream = await runtime.stream(places.count, 2, { executor: 'inline', ahead: 1 });
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    expect(runtime.query.pool('inline')?.run.count).toBeGreaterThan(0);
    await stream.execution.result();
    expect(runtime.query.pool('inline')).toMatchObject({ done: 2 });
    expect(runtime.query.pool()).toMatchObject({ done: 0 });
  });

  it('is told by the queries', async () => {
    const pools = { io: { concurrency: 8 } };
    await using runtime = await open({ pools, executors: { lambda: saying('l') } });
    expect(runtime.query.executors()).toEqual(['thread', 'inline', 'process', 'io', 'lambda']);
  });
});

describe('an executor that there is not', () => {
  it('is refused before anything is accepted, naming those there are', async () => {
    await using runtime = await open();
    const run = runtime.run(places.where, undefined, { executor: 'gpu' });
    const error = await rejection(run, 'ExecutorNotFound');
    expect(error.message).toBe('there is no executor gpu; known are thread, inline, process');
    expect(error.details).toEqual({ executor: 'gpu' });
    await rejection(runtime.stream(places.count, 1, { executor: 'gpu' }), 'ExecutorNotFound');
    await rejection(runtime.start(onStep(places.where, 'gpu'), undefined), 'ExecutorNotFound');
    expect(await runtime.query.list()).toEqual([]);
  });

  it('keeps a runtime from starting whose tasks or pipelines name it', async () => {
    await rejection(open({ pipelines: [onStep(places.where, 'gpu')] }), 'ExecutorNotFound');
    const tasks = [taskModule('gpu', new URL('./fixtures/on-gpu.ts', import.meta.url))];
    await rejection(createRuntime({ tasks, threads: 1 }), 'ExecutorNotFound');
    await using runtime = await createRuntime({
      tasks,
      threads: 1,
      executors: { gpu: saying('gpu') },
    });
    expect(await runtime.run('gpu.draw')).toBe('gpu');
  });

  it.each([
    ['the run', { executor: 5 }],
    ['the run', { executor: '' }],
    ['the run', { executor: 'no spaces' }],
  ])('is no executor where its name can be none: %s %j', async (_, options) => {
    await using runtime = await open();
    await rejection(runtime.run(places.where, undefined, options as never), 'InvalidOption');
  });
});

describe('options of executors', () => {
  it.each<[field: string, options: object]>([
    ['executors', { executors: [] }],
    ['executors', { executors: 5 }],
    ['executors.a', { executors: { a: () => 1 } }],
    ['executors.a.run', { executors: { a: {} } }],
    ['executors.a.run', { executors: { a: { run: 'x' } } }],
    ['executors.a.other', { executors: { a: { run: () => 1, other: 1 } } }],
    ['executors: a name', { executors: { 'no name': saying('') } }],
    ['executors.thread', { executors: { thread: saying('') } }],
    ['executors.inline', { executors: { inline: saying('') } }],
    ['executors.process', { executors: { process: saying('') } }],
    ['pools', { pools: null }],
    ['pools.io', { pools: { io: 3 } }],
    ['pools.io.kind', { pools: { io: { kind: 'fiber' } } }],
    ['pools.io.threads', { pools: { io: { threads: 0 } } }],
    ['pools.io.concurrency', { pools: { io: { concurrency: 0 } } }],
    ['pools.io.recycle.tasks', { pools: { io: { recycle: { tasks: 0 } } } }],
    ['pools.io.size', { pools: { io: { size: 3 } } }],
    ['pools.io.balancing', { pools: { io: { balancing: 'fair' } } }],
    ['pools.thread', { pools: { thread: {} } }],
    ['processes', { processes: 0 }],
    ['processes.max', { processes: { min: 2, max: 1 } }],
  ])('are checked, and the field is named: %s %j', async (field, options) => {
    const error = await rejection(open(options), 'InvalidOption');
    expect(error.details).toMatchObject({ field });
    expect(error.message).toContain(`${field} must be`);
  });

  it('are refused where a pool and an executor have one name', async () => {
    const options = { pools: { a: {} }, executors: { a: saying('a') } };
    await rejection(open(options), 'DuplicateId');
  });
});

describe('a named pool', () => {
  it('has workers of its own, under a supervisor of its own', async () => {
    const pools = { io: { threads: 2, concurrency: 64 } };
    await using runtime = await open({ pools });
    const children = runtime.query.tree().children ?? [];
    expect(children.map(({ id }) => id).slice(0, 4)).toEqual([
      'journal',
      'telemetry',
      'pool',
      'pool:io',
    ]);
    const io = children.find(({ id }) => id === 'pool:io');
    expect(io?.children).toMatchObject([{ id: 'io-1' }, { id: 'io-2' }]);
    const [main] = await Promise.all([
      runtime.run(places.thread),
      runtime.run(places.where, undefined, { executor: 'io' }),
    ]);
    expect(await runtime.run(places.thread, undefined, { executor: 'io' })).not.toBe(main);
    expect(runtime.query.pool()).toMatchObject({ done: 1 });
    expect(runtime.query.pool('io')).toMatchObject({ done: 2 });
    expect(runtime.pool('io').size).toMatchObject({ min: 2, max: 2 });
    await runtime.pool('io').resize(1);
    await until(() => runtime.pool('io').stats().workers.length === 1);
  });

  it('is as the threads of the runtime in what it leaves out', async () => {
    await using runtime = await open({
      env: { PLACE: 'both' },
      recycle: { tasks: 1 },
      pools: { a: {}, b: { recycle: {} } },
    });
    const threads = async (executor: string) => [
      await runtime.run(places.thread, undefined, { executor }),
      await runtime.run(places.thread, undefined, { executor }),
    ];
    const [a, again] = await threads('a');
    expect(a).not.toBe(again);
    const [b, same] = await threads('b');
    expect(b).toBe(same);
  });

  it('that is none has no statistics', async () => {
    await using runtime = await open({ executors: { lambda: saying('l') } });
    for (const name of ['lambda', 'process', 'inline', 'nope']) {
      expect(() => runtime.query.pool(name)).toThrow(/there is no executor|known are thread/);
      expect(() => runtime.pool(name)).toThrow(/known are thread/);
    }
  });

  it('takes part in health, and in the limits of the queue', async () => {
    await using gate = await openGate();
    await using runtime = await open({ pools: { io: { threads: 1 } }, health: { period: 20 } });
    const looked = () => {
      const { checks } = runtime.query.probe('readiness');
      return checks['workers:heartbeat']?.map(({ componentId }) => componentId).join();
    };
    await until(() => looked() === 'worker-1,io-1');
    const run = runtime.run(places.stubborn, { port: gate.port }, { executor: 'io' });
    const parked = await gate.next();
    await rejection(
      runtime.run(places.thread, undefined, { executor: 'io', queueTimeout: 10 }),
      'QueueTimeout',
    );
    parked.release('on');
    expect(await run).toBe('at last');
  });
});

describe('a process', () => {
  const open = (options: RuntimeOptions = {}) =>
    createRuntime({ tasks: [places], threads: 1, processes: 1, ...options });
  const there = { executor: 'process' };

  it('is started when it is used, and is another one', async () => {
    await using runtime = await open();
    const ids = () => runtime.query.tree().children?.map(({ id }) => id) ?? [];
    expect(ids()).not.toContain('pool:process');
    const { process: pid, isMain } = await runtime.run(places.where, undefined, there);
    expect(pid).not.toBe(process.pid);
    expect(isMain).toBe(true);
    expect(ids()).toContain('pool:process');
    expect(runtime.query.pool('process')?.workers).toMatchObject([{ worker: 'process-1' }]);
  });

  it.each([
    [
      'process.abort()',
      (runtime: Runtime) => runtime.run(places.abort, undefined, there),
      'SIGABRT',
    ],
    [
      'a native crash',
      (runtime: Runtime) => runtime.run(places.signal, 'SIGSEGV', there),
      'SIGSEGV',
    ],
    ['a kill', (runtime: Runtime) => runtime.run(places.signal, 'SIGKILL', there), 'killed'],
  ])('keeps %s from everybody else', async (_, crash, why) => {
    await using runtime = await open();
    const before = await runtime.run(places.where, undefined, there);
    const error = await rejection(crash(runtime), 'WorkerCrashed');
    expect(error.message).toContain(why);
    expect(error.details).toMatchObject({ worker: 'process-1', reason: 'error' });
    const after = await runtime.run(places.where, undefined, there);
    expect(after.process).not.toBe(before.process);
    expect(runtime.query.health().status).toBe('running');
  });

  it('streams, hears messages, tells progress and logs as a thread does', async () => {
    const { logger, lines } = recordingLogger();
    await using runtime = await open({ logger });
    const told: RuntimeEvent[] = [];
    runtime.subscribe((event) => told.push(event));
    const stream = await runtime.stream(places.count, 100, { ...there, ahead: 4 });
    const pieces: number[] = [];
    for await (const piece of stream) pieces.push(piece);
    expect(pieces).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(await stream.execution.result()).toBe('counted');
    expect(told.filter(({ type }) => type === 'task.progress')).toHaveLength(100);
    const chat = await runtime.stream(places.echo, undefined, there);
    await chat.send({ value: 1n });
    expect(await chat.execution.result()).toEqual({ value: 1n });
    const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    expect(await runtime.run(places.told, undefined, { ...there, trace })).toMatchObject({
      step: 'task',
      attempt: 1,
      trace,
    });
    expect(told).toContainEqual(expect.objectContaining({ type: 'task.emitted', name: 'found' }));
    expect(lines.some(({ message }) => message === 'looking')).toBe(true);
  });

  it('may print what it likes: its frames travel elsewhere', async () => {
    await using runtime = await open();
    expect(await runtime.run(places.print, '\n', there)).toBe('\n');
    expect(await runtime.run(places.print, '', there)).toBe('');
  });

  it('carries large values in one piece', async () => {
    await using runtime = await open({ executors: {} });
    const text = 'x'.repeat(5 * 2 ** 20);
    expect(await runtime.run(places.same, text, there)).toHaveLength(text.length);
    const bytes = new Uint8Array(3 * 2 ** 20).fill(7);
    const back = (await runtime.run(places.same, bytes, there)) as Uint8Array;
    expect(Buffer.compare(back, bytes)).toBe(0);
  });

  it('is recycled between two tasks, and that is no restart', async () => {
    const pool = { kind: 'process', threads: 1, recycle: { tasks: 1 } } as const;
    await using runtime = await open({ pools: { native: pool } });
    const ids = new Set<number>();
    for (let i = 0; i < 3; i++) {
      const where = await runtime.run(places.where, undefined, { executor: 'native' });
      ids.add(where.process);
    }
    expect(ids.size).toBe(3);
    const native = runtime.query.tree().children?.find(({ id }) => id === 'pool:native');
    expect(native?.children).toMatchObject([{ id: 'native-1', restarts: 0 }]);
    expect(runtime.query.pool('native')).toMatchObject({ done: 3, failed: 0 });
  });

  it('is left alone by the signals that a terminal sends to all', async () => {
    await using runtime = await open();
    const { process: pid } = await runtime.run(places.where, undefined, there);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
    expect(await runtime.run(places.where, undefined, there)).toMatchObject({ process: pid });
  });

  it('ends with the runtime, and none is left', async () => {
    const runtime = await open();
    const { process: pid } = await runtime.run(places.where, undefined, there);
    expect(isAlive(pid)).toBe(true);
    await runtime.shutdown();
    expect(isAlive(pid)).toBe(false);
  });

  it.each([
    ['is killed', (host: Command) => host.kill('SIGKILL')],
    ['exits, and does not shut down', (host: Command) => host.end()],
  ])('does not outlive a host that %s, though its task computes for ever', async (_, end) => {
    await using host = runProgram(new URL('./fixtures/host.ts', import.meta.url), []);
    await host.says('process ');
    const pid = Number(/process (\d+)/.exec(host.stdout)?.[1]);
    end(host);
    await host.exit;
    await until(() => !isAlive(pid));
  });

  it('that cannot start fails those who wait for it, and nothing else', async () => {
    const execArgv = ['--no-such-option'];
    await using runtime = await open({ pools: {} });
    expect(await runtime.run(places.thread)).toBeGreaterThan(0);
    await using other = await createRuntime({
      tasks: [places],
      threads: 1,
      dispatcher: { dispatch: (job) => job.succeeded('elsewhere'), cancel: () => {} },
      execArgv,
    });
    await rejection(other.run(places.where, undefined, there), 'HandshakeFailed');
    expect(await other.run(places.where)).toBe('elsewhere');
    await rejection(other.run(places.where, undefined, there), 'HandshakeFailed');
    expect(other.query.health().status).toBe('running');
  });
});

describe('the main thread', () => {
  const there = { executor: 'inline' };

  it('runs tasks side by side, loads their modules once, and copies what they are given', async () => {
    await using gate = await openGate();
    await using runtime = await open();
    const { port } = gate;
    const runs = Array.from({ length: 20 }, () => runtime.run(places.stubborn, { port }, there));
    // None is let go before all have begun.
    const parked = await Promise.all(runs.map(() => gate.next()));
    for (const each of parked) each.release('on');
    expect(await Promise.all(runs)).toEqual(Array(20).fill('at last'));
    const given = { list: [1] };
    const back = await runtime.run(places.same, given, there);
    expect(back).toEqual(given);
    expect(back).not.toBe(given);
    await rejection(
      runtime.run(places.same, () => {}, there),
      'NotSerializable',
    );
  });

  it('streams, hears messages and tells what they tell', async () => {
    await using runtime = await open();
    const told: RuntimeEvent[] = [];
    runtime.subscribe((event) => told.push(event));
    const chat = await runtime.stream(places.echo, undefined, there);
    await chat.send('hello');
    expect(await chat.execution.result()).toBe('hello');
    expect(await runtime.run(places.count, 2, there)).toEqual([1, 2]);
    await runtime.run(places.told, undefined, there);
    expect(told).toContainEqual(expect.objectContaining({ type: 'task.emitted', name: 'found' }));
  });

  it('whose module does not load there fails those who wait, and nothing else', async () => {
    const url = new URL('./fixtures/threads-only.mjs', import.meta.url);
    await using runtime = await createRuntime({ tasks: [taskModule('only', url)], threads: 1 });
    for (let i = 0; i < 2; i++) {
      await rejection(runtime.run('only.task', undefined, there), 'TaskModuleNotLoaded');
    }
    expect(await runtime.run('only.task')).toBe('done');
    expect(runtime.query.health().status).toBe('running');
  });

  it('cannot be ended by a timeout: the caller is told on time, and others are served', async () => {
    await using gate = await openGate();
    await using runtime = await open();
    const { port } = gate;
    const stubborn = definePipeline({
      id: 'stubborn',
      steps: { only: { task: places.stubborn, timeout: 10, ...there } },
    });
    const execution = await runtime.start(stubborn, { port });
    await rejection(execution.result(), 'TaskTimeout');
    expect(await runtime.run(places.same, 'served', there)).toBe('served');
    expect(runtime.query.pool('inline')).toMatchObject({ inFlight: 1, restarts: 0 });
  });

  it('gives up a cancelled task that does not stop within its grace', async () => {
    await using gate = await openGate();
    await using runtime = await open();
    const { port } = gate;
    const controller = new AbortController();
    const run = runtime.run(places.stubborn, { port }, { ...there, signal: controller.signal });
    await gate.next();
    controller.abort(new Error('enough'));
    await rejection(run, 'ExecutionCancelled');
    expect(runtime.query.pool('inline')).toMatchObject({ inFlight: 1 });
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
