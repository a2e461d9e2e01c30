import { describe, expectTypeOf, it } from 'vitest';
import {
  type BreakerPart,
  bulkhead,
  fallback,
  type Policy,
  type PolicyContext,
  policy,
  retry,
  timeout,
} from '../../src/index.ts';

describe('execute', () => {
  it('gives what the function gives', () => {
    const plain = policy(retry(), timeout({ total: 5 }));
    expectTypeOf(plain).toEqualTypeOf<Policy<never>>();
    expectTypeOf(plain.execute(async () => 5)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(plain.execute(() => 'text')).toEqualTypeOf<Promise<string>>();
  });

  it('gives what the function or the fallback gives', () => {
    const kind = policy(
      bulkhead(),
      fallback(async () => null),
    );
    expectTypeOf(kind.execute(() => 5)).toEqualTypeOf<Promise<number | null>>();
  });

  it('tells the function of its run', () => {
    void policy().execute((context) => {
      expectTypeOf(context).toEqualTypeOf<PolicyContext>();
    });
  });
});

describe('policy', () => {
  it('takes a policy for a breaker', () => {
    const inner = policy(bulkhead());
    expectTypeOf(inner).toExtend<BreakerPart>();
    expectTypeOf(policy(retry(), inner).execute(() => 1)).toEqualTypeOf<Promise<number>>();
  });

  it('refuses what is no part', () => {
    // @ts-expect-error a number is no part
    policy(5);
    // @ts-expect-error a back-off goes into retry()
    policy({ attempts: 3, delay: () => 5 });
  });
});
