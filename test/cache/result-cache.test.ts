import { describe, expect, it } from 'vitest';
import { type CachePolicy, taskReference } from '../../src/model/index.ts';
import type { Job } from '../../src/ports/index.ts';
import { calls, POLICY } from './stage.ts';

const cached = { cached: true };

describe('a call for which nothing is known', () => {
  it('is an attempt of its own, as the job is', () => {
    const { call, take, attempts } = calls();
    const { job, answers } = call({ n: 1 }, POLICY, { priority: 7, timeout: 50 });
    const { task, input, priority, timeout, executionId } = job;
    expect(attempts).toMatchObject([{ task, input, priority, timeout, executionId }]);
    const output = { sum: 1 };
    take().succeeded(output);
    expect(answers).toEqual([{ output, origin: undefined }]);
    expect((answers[0] as { output: unknown }).output).toBe(output);
  });

  it('fails as the attempt does, and nothing is kept of it', () => {
    const { call, take, attempts, isKnown } = calls();
    const { answers } = call(1);
    const error = new Error('no');
    take().failed(error);
    expect(answers).toEqual([{ error, origin: undefined }]);
    expect(isKnown(1)).toBe(false);
    expect(attempts).toEqual([]);
  });
});

describe('a result', () => {
  it('is given until it is as old as its ttl, which counts from when it came', async () => {
    const { call, take, clock, isKnown } = calls();
    call(1);
    await clock.advance(500);
    take().succeeded('one');
    await clock.advance(999);
    expect(call(1).answers).toEqual([{ output: 'one', origin: cached }]);
    await clock.advance(1);
    expect(isKnown(1)).toBe(false);
  });

  it('is too old for a call by its own ttl, also when it was made for another', async () => {
    const { call, take, clock, isKnown } = calls();
    call(1);
    take().succeeded('one');
    await clock.advance(50);
    expect(isKnown(1, { ttl: 50 })).toBe(false);
    expect(isKnown(1, { ttl: 51 })).toBe(true);
    expect(isKnown(1)).toBe(true);
  });

  it.each<[string, CachePolicy, unknown, Partial<Job>]>([
    ['another input', POLICY, 2, {}],
    ['another task', POLICY, 1, { task: taskReference('steps', 'other') }],
    ['another version', { ttl: 1_000, version: 2 }, 1, {}],
    ['the execution itself', { ttl: 1_000, scope: 'execution' }, 1, {}],
  ])('is not for %s', (_, other, input, fields) => {
    const { call, take, attempts } = calls();
    call(1, POLICY);
    take().succeeded('one');
    expect(call(input, other, fields).answers).toEqual([]);
    expect(attempts).toHaveLength(1);
  });

  it('is for the same key, whatever the input is', () => {
    const { call, take } = calls();
    const byId = { ttl: 1_000, key: ({ id }: { id: string }) => id } as CachePolicy;
    call({ id: 'a', at: 1 }, byId);
    take().succeeded('one');
    expect(call({ id: 'a', at: 2 }, byId).answers).toEqual([{ output: 'one', origin: cached }]);
    const fixed = { ttl: 1_000, key: 'all' };
    call(1, fixed);
    take().succeeded('all of them');
    expect(call(2, fixed).answers).toEqual([{ output: 'all of them', origin: cached }]);
  });

  it.each<[string, CachePolicy, unknown, string]>([
    [
      'throws',
      {
        ttl: 1,
        key: () => {
          throw new Error('no key');
        },
      },
      1,
      'no key',
    ], // prettier-ignore
    ['is no text', { ttl: 1, key: () => 5 as never }, 1, 'key must give a text, but gave 5'],
    ['cannot be made', { ttl: 1 }, { a: [() => {}] }, 'input.a[0] cannot be part of a cache key'],
  ])('is not looked for when its key %s: the call fails', (_, cache, input, text) => {
    const { call, attempts } = calls();
    const { answers } = call(input, cache);
    expect(answers).toMatchObject([
      { error: { code: 'InvalidInput', details: { task: 'steps.one' } } },
    ]);
    const { message } = (answers[0] as { error: Error }).error;
    expect(message).toContain(`cache key of task steps.one: ${text}`);
    expect(attempts).toEqual([]);
  });

  it('of an execution is its own, and forgotten with it', () => {
    const { cache, call, take } = calls();
    const own = { ttl: 1_000, scope: 'execution' } as const;
    call(1, own, { executionId: 'a' });
    take().succeeded('one');
    expect(call(1, own, { executionId: 'a' }).answers).toHaveLength(1);
    expect(call(1, own, { executionId: 'b' }).answers).toEqual([]);
    expect(cache.stats().entries).toBe(1);
    cache.executionEnded('a');
    expect(cache.stats().entries).toBe(0);
    expect(call(1, own, { executionId: 'a' }).answers).toEqual([]);
  });

  it('is another object for each: what one does to it is not seen by the others', () => {
    const { call, take } = calls();
    const [first, second] = [call(1), call(1)];
    take().succeeded({ list: [1] });
    const outputs = [first, second, call(1), call(1)].map(
      ({ answers }) => (answers[0] as { output: { list: number[] } }).output,
    );
    for (const [at, { list }] of outputs.entries()) list.push(at);
    expect(outputs).toEqual([0, 1, 2, 3].map((at) => ({ list: [1, at] })));
    expect(call(1).answers).toEqual([{ output: { list: [1] }, origin: cached }]);
  });

  it('that cannot be copied is not kept, and others make attempts of their own', () => {
    const { call, take, attempts, isKnown } = calls();
    const [first, second] = [call(1), call(1)];
    const output = { fn: () => {} };
    take().succeeded(output);
    expect(first.answers).toEqual([{ output, origin: undefined }]);
    expect(second.answers).toEqual([]);
    expect(attempts).toHaveLength(1);
    take().succeeded('now it can');
    expect(second.answers).toEqual([{ output: 'now it can', origin: undefined }]);
    expect(isKnown(1)).toBe(true);
  });

  it('pushes out the least recently used of its task beyond maxEntries', () => {
    const { cache, call, take, isKnown } = calls();
    const two = { ttl: 1_000, maxEntries: 2 };
    const other = { task: taskReference('steps', 'other') };
    call(0, POLICY, other);
    take().succeeded(0);
    for (const input of [1, 2, 3]) {
      call(input, two);
      take().succeeded(input);
      expect(call(1, two).answers).toHaveLength(1);
    }
    expect([1, 2, 3].map((input) => isKnown(input))).toEqual([true, false, true]);
    expect(call(0, POLICY, other).answers).toHaveLength(1);
    expect(cache.stats().tasks).toMatchObject({
      'steps.one': { entries: 2, evictions: 1 },
      'steps.other': { entries: 1, evictions: 0 },
    });
  });
});

describe('the statistics', () => {
  it('count what became of calls, by task and in all', () => {
    const { cache, call, take } = calls();
    const other = { task: taskReference('steps', 'other') };
    expect(cache.stats()).toEqual({
      ...{ hits: 0, misses: 0, coalesced: 0, evictions: 0, entries: 0, bytes: 0 },
      tasks: {},
    });
    call(1);
    call(1);
    call(2, POLICY, other);
    take().succeeded('one');
    take().failed(new Error('no'));
    call(1);
    const { bytes, ...stats } = cache.stats();
    expect(stats).toEqual({
      ...{ hits: 1, misses: 2, coalesced: 1, evictions: 0, entries: 1 },
      tasks: {
        'steps.one': { hits: 1, misses: 1, coalesced: 1, evictions: 0, entries: 1 },
        'steps.other': { hits: 0, misses: 1, coalesced: 0, evictions: 0, entries: 0 },
      },
    });
    expect(bytes).toBeGreaterThan(0);
  });
});
