import { describe, expect, it } from 'vitest';
import { typed } from '../../src/index.ts';
import { gate } from '../support/gate.ts';
import { rejection } from '../support/rejection.ts';
import { collect, definePipeline, outline, simulate } from './simulated.ts';

const double = (x: unknown) => (x as number) * 2;
const sum = (list: unknown) => (list as number[]).reduce((a, b) => a + b, 0);
const range = (n: unknown) => Array.from({ length: n as number }, (_, i) => i);

describe('an execution of a pipeline', () => {
  it('runs steps when what they need is there, and tells each event once and in order', async () => {
    const { runtime, steps } = await simulate({ range, double, sum });
    const pipeline = definePipeline({
      id: 'add-up',
      input: typed<number>(),
      steps: {
        list: { task: steps.range, input: ({ input }) => input },
        twice: { task: steps.double, needs: ['list'], each: ({ results }) => results.list },
        total: { task: steps.sum, needs: ['twice'], input: ({ results }) => results.twice },
      },
      output: ({ results, input }) => ({ input, total: results.total }),
    });
    const execution = await runtime.start(pipeline, 3);
    expect(execution.status).toBe('running');
    expect(await execution.result()).toEqual({ input: 3, total: 6 });
    expect(execution.status).toBe('completed');
    const events = await collect(execution.events());
    expect(outline(events)).toEqual([
      'execution.started',
      'step.started list',
      'step.completed list',
      'step.started twice',
      'item.completed twice[0]',
      'item.completed twice[1]',
      'item.completed twice[2]',
      'step.completed twice',
      'step.started total',
      'step.completed total',
      'execution.completed',
    ]);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
    expect(events[3]).toMatchObject({ items: 3 });
  });

  it('gives all results by step when it has no output function', async () => {
    const { runtime, steps } = await simulate({ double });
    const pipeline = definePipeline({
      id: 'p',
      input: typed<number>(),
      steps: {
        a: { task: steps.double, input: ({ input }) => input },
        b: { task: steps.double, needs: ['a'], input: ({ results }) => results.a },
      },
    });
    expect(await (await runtime.start(pipeline, 2)).result()).toEqual({ a: 4, b: 8 });
  });

  it('gives a step without input the pipeline’s, if it needs no other step, else nothing', async () => {
    const seen: unknown[] = [];
    const { runtime, steps } = await simulate({ see: (input) => seen.push(input) });
    const pipeline = definePipeline({
      id: 'p',
      steps: { first: { task: steps.see }, second: { task: steps.see, needs: ['first'] } },
    });
    await (await runtime.start(pipeline, 'hello')).result();
    expect(seen).toEqual(['hello', undefined]);
  });

  it('completes a step that fans out over nothing', async () => {
    const { runtime, steps } = await simulate({ double, sum });
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        none: { task: steps.double, each: () => [] },
        total: { task: steps.sum, needs: ['none'], input: ({ results }) => results.none },
      },
    });
    const execution = await runtime.start(pipeline, undefined);
    expect(await execution.result()).toEqual({ none: [], total: 0 });
  });

  it('keeps outputs in the order of the items, whatever finishes first', async () => {
    const gates = [gate<string>(), gate<string>()];
    const { runtime, steps } = await simulate({ wait: (i) => gates[i as number]?.passed });
    const pipeline = definePipeline({
      id: 'p',
      steps: { all: { task: steps.wait, each: () => [0, 1] } },
    });
    const execution = await runtime.start(pipeline, undefined);
    gates[1]?.open('second');
    await gates[1]?.passed;
    gates[0]?.open('first');
    expect(await execution.result()).toEqual({ all: ['first', 'second'] });
  });

  it('holds a step to its concurrency', async () => {
    let running = 0;
    let most = 0;
    const { runtime, steps } = await simulate({
      async count() {
        most = Math.max(most, ++running);
        await null;
        running--;
      },
    });
    const pipeline = definePipeline({
      id: 'p',
      steps: { all: { task: steps.count, each: () => [1, 2, 3, 4, 5, 6], concurrency: 2 } },
    });
    await (await runtime.start(pipeline, undefined)).result();
    expect(most).toBe(2);
  });

  it('lets the higher priority go first', async () => {
    const order: unknown[] = [];
    const first = gate();
    const { runtime } = await simulate(
      { note: (name) => (name === 'first' ? first.passed : order.push(name)) },
      { workers: 1 },
    );
    const running = runtime.run('steps.note', 'first');
    await new Promise(setImmediate);
    const low = runtime.run('steps.note', 'low', { priority: -1 });
    const high = runtime.run('steps.note', 'high', { priority: 1 });
    first.open();
    await Promise.all([running, low, high]);
    expect(order).toEqual(['high', 'low']);
  });
});

describe('a failing execution', () => {
  const boom = () => {
    throw new Error('boom');
  };

  it('fails with the cause, naming step and execution, and aborts what else is under way', async () => {
    let aborted: unknown;
    const { runtime, steps } = await simulate({
      boom,
      wait: (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = signal.reason;
            reject(signal.reason);
          });
        }),
    });
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        patient: { task: steps.wait },
        bad: { task: steps.boom },
        after: { task: steps.boom, needs: ['bad'] },
      },
    });
    const execution = await runtime.start(pipeline, undefined);
    const error = await rejection(execution.result(), 'TaskFailed');
    expect(error.details).toMatchObject({
      step: 'bad',
      execution: execution.id,
      task: 'steps.boom',
    });
    expect(error.cause).toMatchObject({ message: 'boom' });
    expect(aborted).toBe(error);
    expect(execution.status).toBe('failed');
    const events = outline(await collect(execution.events()));
    expect(events.slice(-2)).toEqual(['step.failed bad', 'execution.failed']);
    expect(events).not.toContain('step.started after');
  });

  it('names the item that failed', async () => {
    const { runtime, steps } = await simulate({
      odd: (x) => {
        if (x === 2) throw new Error('even');
      },
    });
    const pipeline = definePipeline({
      id: 'p',
      steps: { all: { task: steps.odd, each: () => [1, 2, 3] } },
    });
    const error = await rejection(
      (await runtime.start(pipeline, undefined)).result(),
      'TaskFailed',
    );
    expect(error.details).toMatchObject({ step: 'all', index: 1 });
  });

  it.each([
    ['input', { input: boom }],
    ['each', { each: boom }],
    ['each', { each: () => 'no array' as never }],
    ['input', { input: (async () => 1) as never }],
  ])('fails by itself when its %s function throws or gives nonsense', async (field, functions) => {
    const { runtime, steps } = await simulate({ double });
    const pipeline = definePipeline({
      id: 'p',
      steps: { only: { task: steps.double, ...functions } },
    });
    const error = await rejection(
      (await runtime.start(pipeline, undefined)).result(),
      'InvalidInput',
    );
    expect(error.message).toMatch(new RegExp(`^pipeline p, step only: ${field}`));
    expect(await runtime.run('steps.double', 2)).toBe(4);
  });

  it('fails when its output function throws', async () => {
    const { runtime, steps } = await simulate({ double });
    const pipeline = definePipeline({
      id: 'p',
      steps: { only: { task: steps.double } },
      output: boom,
    });
    const error = await rejection((await runtime.start(pipeline, 1)).result(), 'ExecutionFailed');
    expect(error.cause).toMatchObject({ message: 'boom' });
  });

  it('fails when its output function gives a promise', async () => {
    const { runtime, steps } = await simulate({ double });
    const output = () => Promise.reject(new Error('too late'));
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.double } }, output });
    const error = await rejection((await runtime.start(pipeline, 1)).result(), 'ExecutionFailed');
    expect(error.message).toContain('gave a promise');
  });

  it('is no unhandled rejection when nobody asks for its result', async () => {
    const { runtime, steps } = await simulate({ boom });
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.boom } } });
    const execution = await runtime.start(pipeline, undefined);
    const events = await collect(execution.events());
    expect(events.at(-1)?.type).toBe('execution.failed');
  });
});

describe('events', () => {
  it('end when their signal aborts, also while nothing happens, and leave nothing behind', async () => {
    const { runtime, steps, clock } = await simulate({ wait: () => new Promise(() => {}) });
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.wait } } });
    const execution = await runtime.start(pipeline, undefined);
    const controller = new AbortController();
    const reading = collect(execution.events({ signal: controller.signal }));
    await clock.advance(0);
    controller.abort();
    expect(outline(await reading)).toEqual(['execution.started', 'step.started only']);
    const rest = collect(execution.events({ after: 2, signal: controller.signal }));
    expect(await rest).toEqual([]);
  });
});
