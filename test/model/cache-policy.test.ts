import { describe, expect, it } from 'vitest';
import { checkCachePolicy, checkDeclaredCache } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

describe('checkCachePolicy', () => {
  it.each([
    [{ ttl: 1 }],
    [{ ttl: Number.POSITIVE_INFINITY }],
    [{ ttl: 5, key: () => 'k' }],
    [{ ttl: 5, key: 'all' }],
    [{ ttl: 5, maxEntries: 1, tags: [], version: 2, scope: 'runtime' }],
    [{ ttl: 5, tags: ['a', 'b'], version: 'v2', scope: 'execution' }],
    [{ ttl: 5, tags: () => ['a'], key: undefined, maxEntries: undefined }],
  ])('takes %o', (policy) => {
    expect(() => checkCachePolicy('cache', policy)).not.toThrow();
  });

  it.each([
    [null, 'cache'],
    [1_000, 'cache'],
    [{}, 'cache.ttl'],
    [{ ttl: 0 }, 'cache.ttl'],
    [{ ttl: Number.NaN }, 'cache.ttl'],
    [{ ttl: '1s' }, 'cache.ttl'],
    [{ ttl: 1, key: 5 }, 'cache.key'],
    [{ ttl: 1, maxEntries: 0 }, 'cache.maxEntries'],
    [{ ttl: 1, maxEntries: 1.5 }, 'cache.maxEntries'],
    [{ ttl: 1, tags: 'a' }, 'cache.tags'],
    [{ ttl: 1, tags: ['a', 5] }, 'cache.tags[1]'],
    [{ ttl: 1, version: {} }, 'cache.version'],
    [{ ttl: 1, version: Number.NaN }, 'cache.version'],
    [{ ttl: 1, scope: 'process' }, 'cache.scope'],
    [{ ttl: 1, maxAge: 5 }, 'cache.maxAge'],
  ])('refuses %o, naming %s', (policy, field) => {
    const { details } = thrown(() => checkCachePolicy('cache', policy), 'InvalidOption');
    expect(details.field).toBe(field);
  });
});

describe('checkDeclaredCache', () => {
  it('takes what can leave a thread', () => {
    const policy = { ttl: 1, key: 'all', tags: ['a'], version: 1, scope: 'execution' };
    expect(() => checkDeclaredCache('cache', policy)).not.toThrow();
  });

  it.each([
    [{ ttl: 0 }, 'cache.ttl'],
    [{ ttl: 1, key: () => 'k' }, 'cache.key'],
    [{ ttl: 1, tags: () => ['a'] }, 'cache.tags'],
  ])('refuses %o, naming %s', (policy, field) => {
    const { details } = thrown(() => checkDeclaredCache('cache', policy), 'InvalidOption');
    expect(details.field).toBe(field);
  });
});
