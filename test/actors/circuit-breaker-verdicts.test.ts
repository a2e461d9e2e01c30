import { describe, expect, it } from 'vitest';
import type { BreakerOptions } from '../../src/model/index.ts';
import { admitted, breakerWith, fail, ILL, trip } from './touchy-breaker.ts';

describe('what counts', () => {
  const predicates: BreakerOptions = {
    isIgnored: (error) => (error as Error).message === 'ignored',
    isFailure: (error) => (error as Error).message !== 'harmless',
    isFailedResult: (result) => result === 500,
  };

  it('is up to the predicates', async () => {
    const { breaker } = breakerWith({ ...predicates, window: { calls: 9 }, minimumCalls: 9 });
    for (const name of ['ignored', 'harmless', 'grave']) {
      await expect(breaker.execute(() => Promise.reject(new Error(name)))).rejects.toThrow(name);
    }
    expect(await breaker.execute(() => 500)).toBe(500);
    expect(await breaker.execute(() => 200)).toBe(200);
    expect(breaker.metrics()).toMatchObject({ calls: 4, failures: 2, ignored: 1, cancelled: 0 });
  });

  it('goes on without a predicate that throws, and tells of it', async () => {
    const broken = () => {
      throw new TypeError('mine');
    };
    const { breaker, told } = breakerWith({
      ...{ isIgnored: broken, isFailure: broken, isFailedResult: broken, retryAfter: broken },
      minimumCalls: 4,
    });
    await expect(breaker.execute(fail)).rejects.toBe(ILL);
    expect(await breaker.execute(() => 5)).toBe(5);
    expect(breaker.metrics()).toMatchObject({ calls: 2, failures: 1 });
    expect(told).toMatchObject(
      ['isIgnored', 'isFailure', 'retryAfter', 'isFailedResult'].map((callback) => ({
        type: 'breaker.callback_failed',
        breaker: 'mail',
        callback,
        error: { name: 'TypeError', message: 'mine' },
      })),
    );
  });
});

describe("the far side's own wish", () => {
  const asking = (retryAfter: number) => Object.assign(new Error('busy'), { retryAfter });

  it('lengthens the break', async () => {
    const { breaker, clock } = breakerWith();
    await breaker.execute(() => Promise.reject(asking(5_000))).catch(() => {});
    await clock.advance(1_000);
    await trip(breaker);
    expect(breaker.metrics().retryAfter).toBe(4_000);
    await clock.advance(3_999);
    expect(breaker.state).toBe('open');
    await clock.advance(1);
    expect(breaker.state).toBe('half_open');
  });

  it('lengthens a break that has begun', async () => {
    const { breaker, clock } = breakerWith();
    const late = admitted(breaker);
    await trip(breaker);
    await clock.advance(60);
    late.settle('failure', asking(500));
    await clock.advance(499);
    expect(breaker.metrics()).toMatchObject({ state: 'open', retryAfter: 1 });
    await clock.advance(1);
    expect(breaker.state).toBe('half_open');
  });

  it('does not shorten one, and has its limit', async () => {
    const { breaker } = breakerWith({ maxRetryAfter: 300 });
    const permit = admitted(breaker);
    permit.settle('failure', asking(1));
    permit.settle('failure', asking(10 ** 12));
    expect(breaker.metrics().retryAfter).toBe(300);
    const { breaker: other } = breakerWith();
    for (let call = 0; call < 2; call++) admitted(other).settle('failure', asking(1));
    expect(other.metrics().retryAfter).toBe(100);
  });

  it('can be read by a function of its own, from a failed result too', async () => {
    const { breaker } = breakerWith({
      isFailedResult: (result) => (result as Response).status === 503,
      retryAfter: (value) => Number((value as Response).headers.get('retry-after')) * 1_000,
    });
    const busy = () => new Response('', { status: 503, headers: { 'retry-after': '7' } });
    for (let call = 0; call < 2; call++) await breaker.execute(busy);
    expect(breaker.metrics().retryAfter).toBe(7_000);
  });

  it('is done with by a reset', async () => {
    const { breaker } = breakerWith();
    admitted(breaker).settle('failure', asking(5_000));
    breaker.reset();
    await trip(breaker);
    expect(breaker.metrics().retryAfter).toBe(100);
  });
});
