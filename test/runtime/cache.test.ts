import { describe, expect, it } from 'vitest';
import { createActor, toPromise } from 'xstate';
import {
  type CachePolicy,
  cacheKey,
  constant,
  createRuntime,
  fromTask,
  type RunOptions,
  type RuntimeEvent,
  TroupeError,
} from '../../src/index.ts';
import { failable } from '../../src/testing/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { cache, counting } from './counting.ts';
import { collect, definePipeline } from './simulated.ts';

describe('the cache of a step', () => {
  it('takes a known result in place of a run, as long as it is good', async () => {
    const { runtime, steps, clock, runs } = await counting();
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.count, cache } } });
    const run = async (input: unknown) =>
      (await (await runtime.start(pipeline, input)).result()).only.run;
    expect(await run({ a: 1, b: 2 })).toBe(1);
    expect(await run({ b: 2, a: 1 })).toBe(1);
    expect(await run({ a: 2, b: 2 })).toBe(2);
    await clock.advance(60);
    expect(await run({ a: 1, b: 2 })).toBe(1);
    await clock.advance(40);
    expect(await run({ a: 1, b: 2 })).toBe(3);
    expect(runs()).toBe(3);
  });

  it('is told in the events of each execution, which has all of its own', async () => {
    const { runtime, steps } = await counting();
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        one: { task: steps.count, input: () => 1, cache },
        each: { task: steps.count, needs: ['one'], each: () => [1, 2], cache },
      },
    });
    const start = () => runtime.start(pipeline, 0);
    const executions = await Promise.all([start(), start()]);
    const marks = async (at: number) => {
      const events = await collect((executions[at] as (typeof executions)[0]).events());
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
      return events.flatMap((event) => {
        if (event.type !== 'step.completed' && event.type !== 'item.completed') return [];
        const { type, cached = false, coalesced = false } = event;
        return [{ type, cached, coalesced }];
      });
    };
    const no = { cached: false, coalesced: false };
    expect(await marks(0)).toEqual([
      { type: 'step.completed', ...no },
      { type: 'item.completed', ...no, cached: true },
      { type: 'item.completed', ...no },
      { type: 'step.completed', ...no },
    ]);
    expect(await marks(1)).toEqual([
      { type: 'step.completed', ...no, coalesced: true },
      { type: 'item.completed', ...no, cached: true },
      { type: 'item.completed', ...no, coalesced: true },
      { type: 'step.completed', ...no },
    ]);
  });

  it('shares one run among equal items of a step that fans out', async () => {
    const { runtime, steps, runs } = await counting();
    const pipeline = definePipeline({
      id: 'p',
      steps: { all: { task: steps.count, each: () => [1, 2, 1, 1, 2], cache } },
    });
    const { all } = await (await runtime.start(pipeline, 0)).result();
    expect(all.map(({ input }) => input)).toEqual([1, 2, 1, 1, 2]);
    expect(runs()).toBe(2);
  });

  it('fails the step when its key throws', async () => {
    const { runtime, steps } = await counting();
    const key = () => {
      throw new Error('no key');
    };
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        only: { task: steps.count, retry: constant({ attempts: 3 }), cache: { ttl: 1, key } },
      },
    });
    const error = await rejection((await runtime.start(pipeline, 1)).result(), 'InvalidInput');
    expect(error.message).toContain('no key');
    expect(error.details).toMatchObject({ task: 'steps.count', step: 'only' });
  });

  it('of scope execution is seen by the steps of one execution, and gone with it', async () => {
    const { runtime, steps, runs } = await counting();
    const own: CachePolicy = { ttl: Number.POSITIVE_INFINITY, scope: 'execution' };
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        a: { task: steps.count, input: () => 1, cache: own },
        b: { task: steps.count, needs: ['a'], input: () => 1, cache: own },
      },
    });
    for (const run of [1, 2]) {
      const { a, b } = await (await runtime.start(pipeline, 0)).result();
      expect([a.run, b.run]).toEqual([run, run]);
    }
    expect(runs()).toBe(2);
    expect(runtime.cache.stats()).toMatchObject({ hits: 2, misses: 2, entries: 0 });
  });
});

describe('the cache of a run', () => {
  it('holds for that run only: one without takes and leaves nothing', async () => {
    const { runtime, steps } = await counting();
    const run = async (options?: RunOptions) => (await runtime.run(steps.count, 1, options)).run;
    expect([await run(), await run({ cache }), await run({ cache }), await run()]).toEqual([
      1, 2, 2, 3,
    ]);
    expect(await run({ cache: { ...cache, version: 'v2' } })).toBe(4);
    expect(await run({ cache })).toBe(2);
  });

  it('is seen by the steps of pipelines, which is one cache with its own', async () => {
    const { runtime, steps } = await counting();
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.count, cache } } });
    await runtime.run(steps.count, 1, { cache });
    expect((await (await runtime.start(pipeline, 1)).result()).only.run).toBe(1);
  });

  it('of scope execution keeps nothing for later', async () => {
    const { runtime, steps } = await counting();
    const own = { cache: { ttl: 100, scope: 'execution' } as const };
    await runtime.run(steps.count, 1, own);
    expect((await runtime.run(steps.count, 1, own)).run).toBe(2);
    expect(runtime.cache.stats().entries).toBe(0);
  });

  it.each<[unknown, string]>([
    [5, 'cache'],
    [{ ttl: 0 }, 'cache.ttl'],
    [{ ttl: 1, tag: 'a' }, 'cache.tag'],
  ])('refuses %o', async (policy, field) => {
    const { runtime } = await counting();
    const options = { cache: policy as CachePolicy };
    const error = await rejection(runtime.run('steps.count', 1, options), 'InvalidOption');
    expect(error.details).toMatchObject({ field });
  });

  it('is no option of the start of a pipeline, whose steps say it', async () => {
    const { runtime, steps } = await counting();
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.count } } });
    const options = { cache } as object;
    const error = await rejection(runtime.start(pipeline, 1, options), 'InvalidOption');
    expect(error.details).toMatchObject({ field: 'cache' });
  });

  it('serves a statechart, too', async () => {
    const { runtime, steps } = await counting();
    const logic = fromTask(steps.count, { runtime, cache });
    const run = () => toPromise(createActor(logic, { input: 1 }).start());
    expect([(await run()).run, (await run()).run]).toEqual([1, 1]);
  });

  it('gives each caller a result of its own', async () => {
    const { runtime, steps, open, settle } = await counting();
    const run = () => runtime.run(steps.wait, 1, { cache }) as Promise<{ list: number[] }>;
    const together = [run(), run()];
    await settle();
    open[0]?.open({ list: [0] });
    const results = [...(await Promise.all(together)), await run(), await run()];
    for (const [at, { list }] of results.entries()) list.push(at);
    expect(results.map(({ list }) => list)).toEqual([0, 1, 2, 3].map((at) => [0, at]));
    expect(open).toHaveLength(1);
  });
});

describe('runtime.cache', () => {
  it('forgets by task, key and tag', async () => {
    const { runtime, steps } = await counting();
    const keyed: CachePolicy = { ttl: 100, key: 'all', tags: ['numbers'] };
    const fill = async () => {
      await runtime.run(steps.count, 1, { cache });
      await runtime.run(steps.count, 2, { cache: keyed });
    };
    await fill();
    expect(runtime.cache.invalidate({ task: steps.count })).toBe(2);
    await fill();
    expect(runtime.cache.invalidate({ task: 'steps.count', key: cacheKey(1) })).toBe(1);
    expect(runtime.cache.invalidate({ key: 'all', tag: 'numbers' })).toBe(1);
    await fill();
    expect(runtime.cache.invalidate({ task: 'steps.wait', tag: 'numbers' })).toBe(0);
    expect(runtime.cache.clear()).toBe(2);
    expect(runtime.cache.clear()).toBe(0);
    expect(runtime.cache.stats()).toMatchObject({ entries: 0, bytes: 0, misses: 6 });
  });

  it('forgets by a key that is long, too', async () => {
    const { runtime, steps } = await counting();
    const key = 'k'.repeat(10_000);
    await runtime.run(steps.count, 1, { cache: { ttl: 100, key } });
    expect(runtime.cache.invalidate({ key: `${key}k` })).toBe(0);
    expect(runtime.cache.invalidate({ key })).toBe(1);
  });

  it('keeps no result of what is under way as it is invalidated', async () => {
    const { runtime, steps, open, settle } = await counting();
    const before = runtime.run(steps.wait, 1, { cache });
    await settle();
    runtime.cache.invalidate({ task: steps.wait });
    const after = runtime.run(steps.wait, 1, { cache });
    await settle();
    open[1]?.open('new');
    expect(await after).toBe('new');
    open[0]?.open('old');
    expect(await before).toBe('old');
    expect(await runtime.run(steps.wait, 1, { cache })).toBe('new');
  });

  it.each<[unknown, string]>([
    [undefined, 'options'],
    [{}, 'options'],
    [{ task: undefined }, 'options'],
    [{ task: {} }, 'task'],
    [{ task: 5 }, 'task'],
    [{ key: 5 }, 'key'],
    [{ tag: ['a'] }, 'tag'],
    [{ tags: 'a' }, 'tags'],
  ])('refuses to forget %o', async (filter, field) => {
    const { runtime } = await counting();
    const error = thrown(() => runtime.cache.invalidate(filter as never), 'InvalidOption');
    expect(error.details).toMatchObject({ field });
  });

  it('keeps as many results as the runtime is told, and as many bytes', async () => {
    const few = await counting({ cacheEntries: 2 });
    for (const input of [1, 2, 3]) await few.runtime.run(few.steps.count, input, { cache });
    expect(few.runtime.cache.stats()).toMatchObject({ entries: 2, evictions: 1 });
    const small = await counting({ cacheBytes: 100 });
    await small.runtime.run(small.steps.count, 'a'.repeat(100), { cache });
    expect(small.runtime.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe('a cache before real threads', () => {
  const { failable: task } = failable;

  it('gives what the thread gave, and lets a task that ends its thread end one only', async () => {
    await using runtime = await createRuntime({ tasks: [failable], threads: 1, grace: 50 });
    const exits: RuntimeEvent[] = [];
    runtime.subscribe((event) => void (event.type === 'worker.exited' && exits.push(event)));
    const value = { at: new Date(5), map: new Map([[1, new Set([2n])]]), bytes: new Uint8Array(9) };
    const run = () => runtime.run(task, { fate: 'ok', value }, { cache });
    const [first, ...others] = [...(await Promise.all([run(), run()])), await run()];
    expect(first).toEqual(value);
    for (const other of others) expect(other).toStrictEqual(first);
    const deadly = [1, 2, 3].map(() => runtime.run(task, { fate: 'exit' }, { cache }));
    const ends = await Promise.allSettled(deadly);
    for (const end of ends) {
      expect(end.status === 'rejected' && TroupeError.is(end.reason, 'WorkerExited')).toBe(true);
    }
    expect(exits).toHaveLength(1);
    expect(runtime.cache.stats()).toMatchObject({ misses: 2, coalesced: 3, hits: 1 });
  });
});
