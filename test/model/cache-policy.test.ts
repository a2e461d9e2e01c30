import { describe, expect, it } from 'vitest';
import { checkCachePolicy } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

describe('checkCachePolicy', () => {
  it.each([[{ ttl: 1 }], [{ ttl: Number.POSITIVE_INFINITY }], [{ ttl: 5, key: () => 'k' }]])(
    'takes %o',
    (policy) => {
      expect(() => checkCachePolicy('cache', policy)).not.toThrow();
    },
  );

  it.each([
    [null, 'cache'],
    [1_000, 'cache'],
    [{}, 'cache.ttl'],
    [{ ttl: 0 }, 'cache.ttl'],
    [{ ttl: Number.NaN }, 'cache.ttl'],
    [{ ttl: '1s' }, 'cache.ttl'],
    [{ ttl: 1, key: 'path' }, 'cache.key'],
  ])('refuses %o, naming %s', (policy, field) => {
    const { details } = thrown(() => checkCachePolicy('cache', policy), 'InvalidOption');
    expect(details.field).toBe(field);
  });
});
