import { describe, expect, it } from 'vitest';
import {
  createRuntime,
  definePipeline,
  type Runtime,
  type RuntimeOptions,
  stickyByKey,
  taskModule,
} from '../../src/index.ts';
import { openGate } from '../http/fixtures/gate.ts';
import { rejection } from '../support/rejection.ts';

/** Who goes first, and what holds whom back, on real threads. */

const held = taskModule<typeof import('./fixtures/held.ts')>(
  'held',
  new URL('./fixtures/held.ts', import.meta.url),
);

function open(options: RuntimeOptions = {}): Promise<Runtime> {
  return createRuntime({ tasks: [held], threads: 1, ...options });
}

describe('a concurrency key', () => {
  it('has no more tasks under way than it may, however many workers are free', async () => {
    await using gate = await openGate();
    const keys = { a: { concurrency: 1 } };
    await using runtime = await open({ concurrency: 4, schedule: { keys } });
    const { port } = gate;
    const ofA = () => runtime.run(held.wait, { port }, { concurrencyKey: 'a' });
    const runs = [ofA(), ofA()];
    const first = await gate.next();
    expect(runtime.query.pool()).toMatchObject({ queued: 1, inFlight: 1 });
    const other = runtime.run(held.wait, { port }, { concurrencyKey: 'b' });
    (await gate.next()).release('on');
    await other;
    expect(runtime.query.pool()).toMatchObject({ queued: 1, inFlight: 1 });
    first.release('on');
    (await gate.next()).release('on');
    await Promise.all(runs);
  });

  it('holds for all tasks of an execution', async () => {
    await using gate = await openGate();
    const keys = () => ({ concurrency: 2 });
    await using runtime = await open({ concurrency: 4, schedule: { keys } });
    const { port } = gate;
    const fan = definePipeline({
      id: 'fan',
      steps: {
        all: {
          task: held.wait,
          each: ({ input }: { input: { port: number } }) => [input, input, input],
        },
      },
    });
    const execution = await runtime.start(fan, { port }, { concurrencyKey: 'a' });
    const parked = [await gate.next(), await gate.next()];
    expect(runtime.query.pool()).toMatchObject({ queued: 1, inFlight: 2 });
    for (const task of parked) task.release('on');
    (await gate.next()).release('on');
    await execution.result();
  });

  it.each(['', 5, null])('is a text that is not empty, which %j is not', async (key) => {
    await using runtime = await open();
    const run = runtime.run(held.pass, undefined, { concurrencyKey: key as never });
    const { details } = await rejection(run, 'InvalidOption');
    expect(details).toMatchObject({ field: 'concurrencyKey' });
  });

  it('fails its task with what its policy throws', async () => {
    const keys = (key: string) => {
      throw new Error(`no customer ${key}`);
    };
    await using runtime = await open({ schedule: { keys } });
    const run = runtime.run(held.pass, undefined, { concurrencyKey: 'k' });
    expect((await rejection(run, 'TaskFailed')).message).toContain('no customer k');
    await runtime.run(held.pass);
  });
});

describe('a task that blocks its thread though it never did before', () => {
  it('holds up nothing that was sent after it, while another thread is free', async () => {
    await using gate = await openGate();
    await using runtime = await open({ threads: 2 });
    const pass = () => runtime.run(held.passOrHold);
    for (let i = 0; i < 10; i++) await Promise.all([pass(), pass()]);
    const { port } = gate;
    const blocked = runtime.run(held.passOrHold, { port });
    await Promise.all(Array.from({ length: 50 }, pass));
    (await gate.next()).release('on');
    await blocked;
  });
});

describe('the option balancing', () => {
  it('is a function', async () => {
    const error = await rejection(open({ balancing: 'roundRobin' as never }), 'InvalidOption');
    expect(error.details).toMatchObject({ field: 'balancing' });
  });

  it('chooses the worker of each task', async () => {
    await using gate = await openGate();
    const balancing = stickyByKey();
    await using runtime = await open({ threads: 3, concurrency: 4, balancing });
    const { port } = gate;
    const runs = [1, 2, 3].map(() => runtime.run(held.wait, { port }, { concurrencyKey: 'k' }));
    const parked = [await gate.next(), await gate.next(), await gate.next()];
    const loads = runtime.query.pool()?.workers.map(({ inFlight }) => inFlight);
    expect(loads?.toSorted()).toEqual([0, 0, 3]);
    for (const task of parked) task.release('on');
    await Promise.all(runs);
  });
});

describe('the rate of a task', () => {
  it('is refused where there is no such task', async () => {
    const rates = { 'held.nothing': { limit: 1 } };
    const error = await rejection(open({ schedule: { rates } }), 'TaskNotFound');
    expect(error.message).toContain('held.nothing');
  });

  it('does not hold for others', async () => {
    const rates = { 'held.wait': { limit: 1, interval: 1_000_000 } };
    await using runtime = await open({ schedule: { rates } });
    await Promise.all([runtime.run(held.pass), runtime.run(held.pass)]);
  });
});

describe('the option schedule', () => {
  it.each<[string, unknown]>([
    ['schedule', 5],
    ['schedule.ageing', { ageing: 1 }],
    ['schedule.aging', { aging: -1 }],
    ['schedule.keys', { keys: 5 }],
    ['schedule.keys', { keys: [] }],
    ['schedule.keys.a', { keys: { a: 5 } }],
    ['schedule.keys.a', { keys: { a: Promise.resolve({}) } }],
    ['schedule.keys.a.weight', { keys: { a: { weight: 0 } } }],
    ['schedule.keys.a.concurrency', { keys: { a: { concurrency: 0 } } }],
    ['schedule.keys.a.rate.limit', { keys: { a: { rate: {} } } }],
    ['schedule.rates', { rates: 5 }],
    ['schedule.rates.m.a', { rates: { 'm.a': 5 } }],
    ['schedule.rates.m.a.interval', { rates: { 'm.a': { limit: 1, interval: 0 } } }],
  ])('is refused for a wrong %s', async (field, schedule) => {
    const error = await rejection(open({ schedule: schedule as never }), 'InvalidOption');
    expect(error.details).toMatchObject({ field });
  });

  it.each<[string, (key: string) => unknown, string]>([
    ['schedule.keys("a")', async () => ({ weight: 2 }), 'a policy, not a promise of one'],
    [
      'schedule.keys("a")',
      () => Promise.reject(new Error('no database')),
      'a policy, not a promise of one',
    ],
    ['schedule.keys("a")', () => null, 'an object'],
    ['schedule.keys("a").weight', () => ({ weight: -1 }), 'a number from 0.001 to 1000'],
    ['schedule.keys("a").wait', () => ({ wait: 1 }), 'left out'],
  ])('is refused as %s when its function gives a wrong policy', async (field, keys, expected) => {
    await using runtime = await open({ schedule: { keys: keys as never } });
    const ran = runtime.run(held.pass, undefined, { concurrencyKey: 'a' });
    const error = await rejection(ran, 'InvalidOption');
    expect(error.details).toMatchObject({ field });
    expect(error.message).toContain(`${field} must be ${expected}`);
  });

  it('knows no policy for a key that is only the name of what every object has', async () => {
    await using runtime = await open({ schedule: { keys: { a: {} } } });
    await runtime.run(held.pass, undefined, { concurrencyKey: 'constructor' });
  });
});
