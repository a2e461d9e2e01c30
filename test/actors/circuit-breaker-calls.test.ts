import { describe, expect, expectTypeOf, it } from 'vitest';
import { TroupeError } from '../../src/model/index.ts';
import { listeners } from '../support/listeners.ts';
import { rejection } from '../support/rejection.ts';
import { breakerWith, fail, ILL, trip } from './touchy-breaker.ts';

describe('a call through the breaker', () => {
  it('gives what the function gives, a promise or not', async () => {
    const { breaker } = breakerWith();
    const value = await breaker.execute(() => 5);
    expectTypeOf(value).toEqualTypeOf<number>();
    expect(value).toBe(5);
    expect(await breaker.execute(async () => 'late')).toBe('late');
    expect(breaker.metrics()).toMatchObject({ calls: 2, failures: 0, window: { calls: 2 } });
  });

  it('fails with what the function throws, as it is', async () => {
    const { breaker } = breakerWith();
    await expect(breaker.execute(fail)).rejects.toBe(ILL);
    const atOnce = breaker.execute(() => {
      throw ILL;
    });
    await expect(atOnce).rejects.toBe(ILL);
    expect(breaker.metrics()).toMatchObject({ calls: 2, failures: 2 });
  });

  it('is refused by an open breaker, which says when to try again', async () => {
    const { breaker, clock } = breakerWith();
    await trip(breaker);
    await clock.advance(30);
    let calls = 0;
    const error = await rejection(
      breaker.execute(() => calls++),
      'BreakerOpen',
    );
    expect(error.details).toEqual({ breaker: 'mail', state: 'open', retryAfter: 70 });
    expect(error.message).toBe('breaker mail is open; try again in 70 ms');
    expect(calls).toBe(0);
    expect(breaker.metrics()).toMatchObject({ state: 'open', rejected: 1, retryAfter: 70 });
  });

  it('refuses what is no function', async () => {
    const { breaker } = breakerWith();
    await rejection(breaker.execute(5 as never), 'InvalidOption');
    expect(breaker.metrics().calls).toBe(0);
  });

  it('is slow from its duration, whatever it gives', async () => {
    const { breaker, clock } = breakerWith({ slowCallDuration: 50, slowCallRate: 0.5 });
    const take = async (ms: number) => {
      const call = breaker.execute(() => new Promise<void>((done) => clock.setTimeout(done, ms)));
      await clock.advance(ms);
      await call;
    };
    await take(50);
    expect(breaker.metrics()).toMatchObject({ state: 'closed', slow: 0 });
    await take(51);
    expect(breaker.metrics()).toMatchObject({ state: 'open', slow: 1, slowCallRate: 0.5 });
  });
});

describe('cancelling', () => {
  it('is no failure and no success', async () => {
    const { breaker } = breakerWith();
    const controller = new AbortController();
    const call = breaker.execute(() => new Promise(() => {}), { signal: controller.signal });
    const reason = new Error('changed my mind');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(breaker.metrics()).toMatchObject({ calls: 0, cancelled: 1, window: { calls: 0 } });
  });

  it('hands the signal on', async () => {
    const { breaker } = breakerWith();
    const { signal } = new AbortController();
    expect(await breaker.execute((context) => context.signal, { signal })).toBe(signal);
    const [one, other] = await Promise.all([
      breaker.execute((context) => [context.signal, context.signal]),
      breaker.execute((context) => [context.signal]),
    ]);
    expect(one[0]).toBeInstanceOf(AbortSignal);
    expect(one[0]).toBe(one[1]);
    expect(other[0]).not.toBe(one[0]);
  });

  it('before the call keeps it from being made', async () => {
    const { breaker } = breakerWith();
    const call = breaker.execute(() => expect.fail('called'), { signal: AbortSignal.abort(ILL) });
    await expect(call).rejects.toBe(ILL);
    expect(breaker.metrics()).toMatchObject({ cancelled: 0, rejected: 0 });
  });

  it('from within the function ends the call, too', async () => {
    const { breaker } = breakerWith();
    const controller = new AbortController();
    const call = breaker.execute(
      () => {
        controller.abort(ILL);
        return new Promise(() => {});
      },
      { signal: controller.signal },
    );
    await expect(call).rejects.toBe(ILL);
    expect(breaker.metrics().cancelled).toBe(1);
  });

  it('leaves nothing behind at a signal that lives on', async () => {
    const { breaker } = breakerWith();
    const { signal } = new AbortController();
    await breaker.execute(() => Promise.resolve(expect(listeners(signal)).toBe(0)), { signal });
    await breaker.execute(fail, { signal }).catch(() => {});
    await Promise.resolve();
    expect(listeners(signal)).toBe(0);
  });

  it('of a thousand calls under one signal is listened for once', async () => {
    const { breaker } = breakerWith();
    const control = new AbortController();
    const { signal } = control;
    const never = () => breaker.execute(() => new Promise(() => {}), { signal });
    const calls = Array.from({ length: 1_000 }, never);
    expect(listeners(signal)).toBe(1);
    control.abort(ILL);
    const ends = await Promise.allSettled(calls);
    expect(ends.every((end) => end.status === 'rejected' && end.reason === ILL)).toBe(true);
    expect(breaker.metrics().cancelled).toBe(1_000);
    expect(listeners(signal)).toBe(0);
  });

  it.each([
    ['an AbortError', new DOMException('aborted', 'AbortError')],
    ['a cancelled task', new TroupeError('TaskCancelled', 'no')],
    ['a cancelled execution', new TroupeError('ExecutionCancelled', 'no')],
  ])('is also what %s says', async (_, error) => {
    const { breaker } = breakerWith();
    await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
    expect(breaker.metrics()).toMatchObject({ calls: 0, cancelled: 1 });
  });

  it('is not what a timeout says', async () => {
    const { breaker } = breakerWith();
    const error = new DOMException('too late', 'TimeoutError');
    await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
    expect(breaker.metrics()).toMatchObject({ failures: 1, cancelled: 0 });
  });

  it('frees the place of a probe', async () => {
    const { breaker, clock } = breakerWith();
    await trip(breaker);
    await clock.advance(100);
    const controller = new AbortController();
    const probe = breaker.execute(() => new Promise(() => {}), controller);
    await rejection(breaker.execute(fail), 'BreakerOpen');
    controller.abort(ILL);
    await expect(probe).rejects.toBe(ILL);
    expect(breaker.state).toBe('half_open');
    await breaker.execute(() => 1);
    expect(breaker.state).toBe('closed');
  });
});
