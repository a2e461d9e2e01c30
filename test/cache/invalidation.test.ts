import { describe, expect, it } from 'vitest';
import type { CachePolicy } from '../../src/model/index.ts';
import { calls, type stage } from './stage.ts';

const cached = { cached: true };

describe('an invalidation', () => {
  const tagged = {
    ttl: 1_000,
    tags: (input: number, output: { owner: string }) => [`n:${input}`, `owner:${output.owner}`],
  } as CachePolicy;

  it.each<[string, Parameters<ReturnType<typeof stage>['cache']['invalidate']>[0], number[]]>([
    ['a key', { key: 'b' }, [1, 3]],
    ['a key of a task', { task: 'steps.one', key: 'b' }, [1, 3]],
    ['a key of another task', { task: 'steps.other', key: 'b' }, [1, 2, 3]],
    ['a tag', { tag: 'odd' }, [2]],
    ['a tag and a key', { tag: 'odd', key: 'a' }, [2, 3]],
    ['a task', { task: 'steps.one' }, []],
    ['everything', {}, []],
  ])('of %s forgets what it fits, and nothing else', (_, filter, left) => {
    const { cache, call, take, isKnown } = calls();
    const policyOf = (n: number): CachePolicy => ({
      ttl: 1_000,
      key: ['', 'a', 'b', 'c'][n] as string,
      tags: n % 2 === 1 ? ['odd', 'all'] : ['all'],
    });
    for (const n of [1, 2, 3]) {
      call(n, policyOf(n));
      take().succeeded(n);
    }
    expect(cache.invalidate(filter)).toBe(3 - left.length);
    expect([1, 2, 3].filter((n) => isKnown(n, policyOf(n)))).toEqual(left);
  });

  it('forgets every version, and what is an execution’s own', () => {
    const { cache, call, take } = calls();
    for (const version of [1, 2]) {
      call(1, { ttl: 1_000, version });
      take().succeeded('one');
    }
    call(1, { ttl: 1_000, scope: 'execution' });
    take().succeeded('one');
    expect(cache.invalidate({ task: 'steps.one' })).toBe(3);
  });

  it('answers those who wait, keeps nothing, and lets no later call join', () => {
    const { cache, call, take, attempts, isKnown } = calls();
    const before = call(1);
    expect(cache.invalidate({ task: 'steps.one' })).toBe(0);
    const after = call(1);
    expect(attempts).toHaveLength(2);
    take(1).succeeded('new');
    expect(after.answers).toEqual([{ output: 'new', origin: undefined }]);
    take().succeeded('old');
    expect(before.answers).toEqual([{ output: 'old', origin: undefined }]);
    expect(call(1).answers).toEqual([{ output: 'new', origin: cached }]);
    expect(isKnown(1)).toBe(true);
  });

  it('of another task or key does not concern what is under way', () => {
    const { cache, call, take, attempts, isKnown } = calls();
    call(1, { ttl: 1_000, key: 'a', tags: ['x'] });
    cache.invalidate({ task: 'steps.other' });
    cache.invalidate({ key: 'b' });
    cache.invalidate({ tag: 'y' });
    call(1, { ttl: 1_000, key: 'a' });
    expect(attempts).toHaveLength(1);
    take().succeeded('one');
    expect(isKnown(1, { ttl: 1_000, key: 'a' })).toBe(true);
  });

  it('of a tag that only the output tells: the result is not kept if it has it', () => {
    for (const [tag, isKept] of [
      ['owner:me', false],
      ['n:1', false],
      ['owner:you', true],
    ] as const) {
      const { cache, call, take, attempts, isKnown } = calls();
      call(1, tagged);
      cache.invalidate({ tag });
      // Nobody can tell yet whether it has the tag.
      call(1, tagged);
      expect(attempts).toHaveLength(2);
      take().succeeded({ owner: 'me' });
      expect(isKnown(1, tagged)).toBe(isKept);
    }
  });

  it('finds a result by the tags that were made of its input and output', () => {
    const { cache, call, take } = calls();
    call(1, tagged);
    take().succeeded({ owner: 'me' });
    expect(cache.invalidate({ tag: 'owner:you' })).toBe(0);
    expect(cache.invalidate({ tag: 'owner:me' })).toBe(1);
    expect(cache.invalidate({ tag: 'n:1' })).toBe(0);
  });

  it.each<[string, () => unknown]>([
    [
      'throw',
      () => {
        throw new Error('no tags');
      },
    ], // prettier-ignore
    ['are no texts', () => ['a', 5]],
  ])('needs tags: a result whose tags %s is given and not kept, and it is told', (_, tags) => {
    const { call, take, events, isKnown } = calls();
    const { answers } = call(1, { ttl: 1_000, tags: tags as never });
    take().succeeded('one');
    expect(answers).toEqual([{ output: 'one', origin: undefined }]);
    expect(events).toMatchObject([
      { type: 'cache.callback_failed', task: 'steps.one', callback: 'tags', error: {} },
    ]);
    expect(isKnown(1)).toBe(false);
  });
});
