import { describe, expect, it } from 'vitest';
import { constant } from '../../src/model/index.ts';
import { rateLimit, retry } from '../../src/policy/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { fails, listeners, stage, watch } from './stage.ts';

describe('rateLimit', () => {
  it('lets a burst go, and then one at a time in order of arrival', async () => {
    const { clock, policy } = stage();
    const limited = policy(rateLimit({ limit: 3, interval: 300 }));
    const began: string[] = [];
    const calls = 'abcdef'
      .split('')
      .map((name) => limited.execute(() => began.push(`${name} ${clock.now()}`)));
    await clock.advance(1_000);
    await Promise.all(calls);
    expect(began).toEqual(['a 0', 'b 0', 'c 0', 'd 100', 'e 200', 'f 300']);
    expect(clock.pending).toBe(0);
  });

  it('lets nobody overtake those who wait', async () => {
    const { clock, policy } = stage();
    const limited = policy(rateLimit({ limit: 1, interval: 100 }));
    const began: string[] = [];
    const run = (name: string) => limited.execute(() => began.push(`${name} ${clock.now()}`));
    const calls: Promise<unknown>[] = [];
    // Due before the turn of `b`, at the same time: the timer of the limit may well be late.
    clock.setTimeout(() => calls.push(run('c')), 100);
    calls.push(run('a'), run('b'));
    await clock.advance(300);
    await Promise.all(calls);
    expect(began).toEqual(['a 0', 'b 100', 'c 200']);
  });

  it('goes evenly with a burst of one', async () => {
    const { clock, policy, takes, runs } = stage();
    const limited = policy(rateLimit({ limit: 4, interval: 100, burst: 1 }));
    const calls = [1, 2, 3, 4].map(() => limited.execute(takes(0, () => 1)));
    await clock.advance(100);
    await Promise.all(calls);
    expect(runs.map(({ at }) => at)).toEqual([0, 25, 50, 75]);
  });

  it('comes to an end where sums of fractions are not exact', async () => {
    const { clock, policy, takes, runs } = stage();
    await clock.advance(1e9 + 0.1);
    const limited = policy(rateLimit({ limit: 3, interval: 1, burst: 1 }));
    const calls = Array.from({ length: 50 }, () => limited.execute(takes(0, () => 1)));
    await clock.advance(20);
    await Promise.all(calls);
    expect(runs).toHaveLength(50);
  });

  it('refuses what is too early when it is told to, and says when to come again', async () => {
    const { clock, policy } = stage();
    const limited = policy(rateLimit({ limit: 2, interval: 100, mode: 'reject' }));
    await Promise.all([limited.execute(() => 1), limited.execute(() => 2)]);
    await clock.advance(20);
    const { message, details } = await rejection(
      limited.execute(() => 3),
      'Overloaded',
    );
    expect(message).toBe('more than 2 calls in 100 ms; try again in 30 ms');
    expect(details).toEqual({ limit: 2, interval: 100, retryAfter: 30 });
    await clock.advance(30);
    expect(await limited.execute(() => 4)).toBe(4);
  });

  it('refuses whom it has no place for in the queue, and says when those will be through', async () => {
    const { clock, policy } = stage();
    const limited = policy(rateLimit({ limit: 1, interval: 100, queue: 2 }));
    const calls = [1, 2, 3].map((n) => limited.execute(() => n));
    const { details } = await rejection(
      limited.execute(() => 4),
      'Overloaded',
    );
    expect(details.retryAfter).toBe(300);
    await clock.advance(200);
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
  });

  it('is waited for by a retry for as long as it says', async () => {
    const { clock, policy } = stage();
    const limited = policy(
      rateLimit({ limit: 1, interval: 500, mode: 'reject' }),
      retry(constant({ delay: 10 })),
    );
    await limited.execute(() => 1);
    const second = watch(
      clock,
      limited.execute(() => 2),
    );
    await clock.advance(1_000);
    expect(second).toMatchObject({ value: 2, at: 500 });
  });

  it('counts every try', async () => {
    const { clock, policy, takes, runs } = stage();
    const limited = policy(
      rateLimit({ limit: 1, interval: 100 }),
      retry(constant({ attempts: 3, delay: 10 })),
    );
    const call = watch(clock, limited.execute(takes(0, () => fails())));
    await clock.advance(1_000);
    expect(runs.map(({ at }) => at)).toEqual([0, 100, 200]);
    expect(call.status).toBe('rejected');
  });

  it('lets go whoever gives up waiting, takes no turn for it, and forgets the time', async () => {
    const { clock, policy } = stage();
    const limited = policy(rateLimit({ limit: 1, interval: 100 }));
    const own = new AbortController();
    await limited.execute(() => 1);
    const second = watch(
      clock,
      limited.execute(() => 2, { signal: own.signal }),
    );
    await clock.advance(50);
    own.abort('enough');
    await clock.advance(0);
    expect(second).toMatchObject({ status: 'rejected', value: 'enough', at: 50 });
    expect([clock.pending, listeners(own.signal)]).toEqual([0, 0]);
    await clock.advance(50);
    const third = watch(
      clock,
      limited.execute(() => 3),
    );
    await clock.advance(0);
    expect(third).toMatchObject({ value: 3, at: 100 });
  });

  it.each([
    [{ limit: 0 }, 'limit must be a whole number of 1 or more, but got 0'],
    [{ limit: 1, interval: 0 }, 'interval must be milliseconds from 1 to'],
    [{ limit: 1, burst: 0.5 }, 'burst must be a whole number of 1 or more, but got 0.5'],
    [{ limit: 1, mode: 'drop' as never }, `mode must be 'wait' or 'reject', but got "drop"`],
    [{ limit: 1, queue: -1 }, 'queue must be a whole number of 0 or more, but got -1'],
    [undefined as never, 'options must be an object, but got undefined'],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => rateLimit(options), 'InvalidOption').message).toContain(message);
  });
});
