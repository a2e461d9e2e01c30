import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRuntime,
  definePipeline,
  type RunOptions,
  type Runtime,
  type RuntimeEvent,
} from '../../src/index.ts';
import type { Fate } from '../../src/testing/failable-tasks.ts';
import { failable } from '../../src/testing/index.ts';
import { rejection } from '../support/rejection.ts';

const { failable: task } = failable;

/** The same of both: only what ends a whole process tells them apart. */
const EACH_EXECUTOR = [
  ['threads', 'thread'],
  ['processes', 'native'],
] as const;

describe.each(EACH_EXECUTOR)('tasks on real %s', (_, executor) => {
  let runtime: Runtime;
  const events: RuntimeEvent[] = [];

  beforeAll(async () => {
    runtime = await createRuntime({
      tasks: [failable],
      threads: 2,
      grace: 50,
      resourceLimits: { maxOldGenerationSizeMb: 48 },
      pools: executor === 'thread' ? {} : { [executor]: { kind: 'process' } },
    });
    runtime.subscribe((event) => events.push(event));
  });

  afterAll(() => runtime.shutdown());

  const run = (input: Fate, options: RunOptions = {}) =>
    runtime.run(task, input, { ...options, executor });

  const stillWorks = async () =>
    expect(await Promise.all([1, 2, 3].map((value) => run({ fate: 'ok', value })))).toEqual([
      1, 2, 3,
    ]);

  it('gives what the task gives', async () => {
    const value = { list: [1, 2n, new Date(5)], map: new Map([['a', new Set([1])]]) };
    expect(await run({ fate: 'ok', value })).toEqual(value);
  });

  it('gives a thousand results, each to its own caller', async () => {
    const calls = Array.from({ length: 1_000 }, (_, value) => run({ fate: 'ok', value }));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 1_000 }, (_, value) => value));
  });

  it('keeps what a task throws as the cause of TaskFailed', async () => {
    const error = await rejection(run({ fate: 'throw', message: 'no' }), 'TaskFailed');
    expect(error.message).toBe('task failable.failable failed: no');
    expect(error.cause).toMatchObject({ name: 'Error', message: 'no' });
    expect((error.cause as Error).stack).toContain('failable-tasks');
    expect(error.details).toMatchObject({ task: 'failable.failable', step: 'task' });
  });

  it('takes a rejection for a throw', async () => {
    const error = await rejection(run({ fate: 'reject', message: 'late' }), 'TaskFailed');
    expect(error.cause).toMatchObject({ message: 'late' });
  });

  it.each([
    ['text', 'a text'],
    ['null', null],
    ['undefined', undefined],
  ])('makes an error of a thrown %s', async (shown, value) => {
    const error = await rejection(run({ fate: 'throw-value', value }), 'TaskFailed');
    expect(error.cause).toMatchObject({ message: shown === 'text' ? 'a text' : shown });
  });

  it('refuses an output that cannot travel, and goes on', async () => {
    await rejection(run({ fate: 'unserializable' }), 'NotSerializable');
    await stillWorks();
  });

  it('refuses an input that cannot travel without harm to those beside it', async () => {
    const good = run({ fate: 'ok', value: 'good' });
    const bad = run({ fate: 'ok', value: () => {} });
    const error = await rejection(bad, 'NotSerializable');
    expect(error.message).toContain('failable.failable');
    expect(await good).toBe('good');
  });

  it('carries a value with a cycle', async () => {
    const value: Record<string, unknown> = { name: 'loop' };
    value.self = value;
    const output = (await run({ fate: 'ok', value })) as typeof value;
    expect(output.self).toBe(output);
  });

  it('does not let two tasks share an input', async () => {
    const shared = { n: 1 };
    const [a, b] = await Promise.all([1, 2].map(() => run({ fate: 'ok', value: shared })));
    expect(a).toEqual(shared);
    expect(a).not.toBe(b);
  });

  it.each([
    ['exit', 'WorkerExited'],
    ['crash', 'WorkerCrashed'],
    ['unhandled', 'WorkerCrashed'],
    ['out-of-memory', 'WorkerOutOfMemory'],
  ] as const)(
    'fails a task that ends its thread by %s, and replaces the thread',
    async (fate, code) => {
      const before = events.filter(({ type }) => type === 'worker.exited').length;
      const error = await rejection(run({ fate }), code);
      expect(error.details).toMatchObject({ task: 'failable.failable' });
      await stillWorks();
      const exits = events.filter(({ type }) => type === 'worker.exited');
      expect(exits).toHaveLength(before + 1);
      expect(runtime.query.health().status).toBe('running');
    },
  );

  it('keeps the error that a thread died of', async () => {
    const error = await rejection(run({ fate: 'crash', message: 'loose' }), 'WorkerCrashed');
    expect(error.cause).toMatchObject({ message: 'loose' });
  });

  it('tells a waiting task that it is cancelled', async () => {
    const controller = new AbortController();
    const call = run({ fate: 'wait' }, { signal: controller.signal });
    controller.abort(new Error('enough'));
    const error = await rejection(call, 'ExecutionCancelled');
    expect(error.message).toContain('enough');
  });

  it('lets a computing task see that it is cancelled', async () => {
    const exits = () => events.filter(({ type }) => type === 'worker.exited').length;
    const before = exits();
    await rejection(run({ fate: 'compute' }, { timeout: 20 }), 'ExecutionTimeout');
    expect(exits()).toBe(before);
  });

  it.each(['spin', 'block', 'ignore'] as const)(
    'ends the thread of a task that does not yield: %s',
    async (fate) => {
      const error = await rejection(run({ fate }, { timeout: 20 }), 'ExecutionTimeout');
      expect(error.details).toMatchObject({ timeout: 20 });
      await stillWorks();
    },
  );

  it('refuses a task that no module has, naming those there are', async () => {
    const error = await rejection(runtime.run('failable.nope', {}), 'TaskNotFound');
    expect(error.message).toContain('known are failable.failable');
  });
});

describe.each(EACH_EXECUTOR)('a crash among many on %s', (_, executor) => {
  it('fails only what had started; what was merely prefetched runs elsewhere', async () => {
    await using runtime = await createRuntime({
      tasks: [failable],
      threads: 2,
      grace: 50,
      pools: executor === 'thread' ? {} : { [executor]: { kind: 'process' } },
    });
    const run = (input: Fate) => runtime.run(task, input, { executor });
    // Cheap tasks first, so that the pool gives many ahead.
    await Promise.all(Array.from({ length: 200 }, () => run({ fate: 'ok' })));
    const calls = Array.from({ length: 300 }, (_, value) =>
      run(value === 50 ? { fate: 'exit' } : { fate: 'ok', value }),
    );
    const settled = await Promise.allSettled(calls);
    const failed = settled.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [index] : [],
    );
    expect(failed).toContain(50);
    expect(failed).toEqual([50]);
    await rejection(calls[50] as Promise<unknown>, 'WorkerExited');
  });
});

describe.each(EACH_EXECUTOR)('what was finished before a task of %s', (_, executor) => {
  const open = () =>
    createRuntime({
      tasks: [failable],
      threads: 1,
      grace: 20,
      resourceLimits: { maxOldGenerationSizeMb: 48 },
      pools: executor === 'thread' ? {} : { [executor]: { kind: 'process', threads: 1 } },
    });
  /** Tasks that are known to be short, the last of which is not this time. */
  const play = async (runtime: Runtime, last: Fate, signal?: AbortSignal) => {
    const options = { executor, ...(signal && { signal }) };
    const ok = () => runtime.run(task, { fate: 'ok', value: 'done' }, { executor });
    for (let i = 0; i < 50; i++) await ok();
    const before = Array.from({ length: 5 }, ok);
    const fails = runtime.run(task, last, options).catch((error: unknown) => error);
    return { before: Promise.all(before), fails };
  };

  it('arrives while that takes longer than any before', async () => {
    await using runtime = await open();
    const controller = new AbortController();
    const { before, fails } = await play(runtime, { fate: 'spin' }, controller.signal);
    expect(await before).toEqual(Array(5).fill('done'));
    controller.abort();
    expect(await fails).toMatchObject({ code: 'ExecutionCancelled' });
  });

  it.each([
    ['exit', 'WorkerExited'],
    ['crash', 'WorkerCrashed'],
    ['out-of-memory', 'WorkerOutOfMemory'],
  ] as const)('is not lost with its worker: %s', async (fate, code) => {
    await using runtime = await open();
    const { before, fails } = await play(runtime, { fate });
    expect(await before).toEqual(Array(5).fill('done'));
    expect(await fails).toMatchObject({ code });
  });
});

describe('a task that is cancelled as it is sent', () => {
  it.each(['spin', 'ignore', 'compute'] as const)(
    'never holds its thread for good: %s',
    async (fate) => {
      await using runtime = await createRuntime({ tasks: [failable], threads: 1, grace: 30 });
      const pipeline = definePipeline({ id: 'p', steps: { only: { task } } });
      for (let round = 0; round < 4; round++) {
        const execution = await runtime.start(pipeline, { fate });
        await execution.cancel();
        expect(await runtime.run(task, { fate: 'ok', value: round })).toBe(round);
      }
    },
  );
});
