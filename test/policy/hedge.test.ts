import { describe, expect, it } from 'vitest';
import { constant, retryBudget, TroupeError } from '../../src/model/index.ts';
import { type BreakerPart, hedge, rateLimit, retry, timeout } from '../../src/policy/index.ts';
import { thrown } from '../support/thrown.ts';
import { fails, listeners, stage, watch } from './stage.ts';

describe('hedge', () => {
  it('runs a slow function once more, takes what is first, and aborts the other', async () => {
    const { clock, policy, runs, takes } = stage();
    const signals: AbortSignal[] = [];
    const call = watch(
      clock,
      policy(hedge({ delay: 30 })).execute((run) => {
        signals.push(run.signal);
        return takes(run.hedge === 0 ? 100 : 20, () => `run ${run.hedge}`)(run);
      }),
    );
    await clock.advance(200);
    expect(call).toMatchObject({ value: 'run 1', at: 50 });
    expect(runs.map(({ at, attempt, hedge }) => [at, attempt, hedge])).toEqual([
      [0, 1, 0],
      [30, 1, 1],
    ]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(TroupeError.is(signals[0]?.reason, 'TaskCancelled')).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('runs nothing twice that is fast', async () => {
    const { clock, policy, runs, takes } = stage();
    const call = policy(hedge({ delay: 30 })).execute(takes(29, () => 'fast'));
    await clock.advance(29);
    expect(await call).toBe('fast');
    expect(clock.pending).toBe(0);
    await clock.advance(100);
    expect(runs).toHaveLength(1);
  });

  it('runs as many as it is told, one after each delay', async () => {
    const { clock, policy, runs, takes } = stage();
    const call = watch(
      clock,
      policy(hedge({ delay: 10, max: 4 })).execute(takes(100, ({ hedge }) => hedge)),
    );
    await clock.advance(200);
    expect(runs.map(({ at }) => at)).toEqual([0, 10, 20, 30]);
    expect(call).toMatchObject({ value: 0, at: 100 });
  });

  it('waits for the others when one fails, and takes their success', async () => {
    const { clock, policy, takes } = stage();
    const call = watch(
      clock,
      policy(hedge({ delay: 10 })).execute((run) =>
        takes(run.hedge === 0 ? 15 : 30, () => (run.hedge === 0 ? fails() : 'second'))(run),
      ),
    );
    await clock.advance(100);
    expect(call).toMatchObject({ status: 'fulfilled', value: 'second', at: 40 });
  });

  it('fails once all that are under way have failed, with the last error', async () => {
    const { clock, policy, takes, runs } = stage();
    const call = watch(
      clock,
      policy(hedge({ delay: 10, max: 3 })).execute(takes(12, ({ hedge }) => fails(`run ${hedge}`))),
    );
    await clock.advance(100);
    expect(call).toMatchObject({ status: 'rejected', at: 32, value: { message: 'run 2' } });
    const fast = watch(
      clock,
      policy(hedge({ delay: 10 })).execute(() => fails('at once')),
    );
    await clock.advance(100);
    expect(fast).toMatchObject({ status: 'rejected', at: 100 });
    expect([runs.length, clock.pending]).toEqual([3, 0]);
  });

  it('begins anew with each try', async () => {
    const { clock, policy, takes, runs } = stage();
    const call = watch(
      clock,
      policy(hedge({ delay: 10 }), retry(constant({ attempts: 2, delay: 100 }))).execute(
        takes(15, () => fails()),
      ),
    );
    await clock.advance(1_000);
    expect(runs.map(({ at, attempt, hedge }) => [at, attempt, hedge])).toEqual([
      [0, 1, 0],
      [10, 1, 1],
      [125, 2, 0],
      [135, 2, 1],
    ]);
    expect(call.status).toBe('rejected');
  });

  it('runs nothing twice while the budget of the retry is exhausted', async () => {
    const { clock, policy, takes, runs } = stage();
    const budget = retryBudget({ tokens: 2 });
    budget.failed();
    const call = policy(hedge({ delay: 10 }), retry(constant({ budget }))).execute(
      takes(50, () => 'slow'),
    );
    await clock.advance(50);
    expect(await call).toBe('slow');
    expect([runs.length, clock.pending]).toEqual([1, 0]);
  });

  it('gives each run its own time, and its own place in the rate', async () => {
    const { clock, policy, takes, runs } = stage();
    const call = watch(
      clock,
      policy(
        timeout({ attempt: 25 }),
        rateLimit({ limit: 1, interval: 40 }),
        hedge({ delay: 10 }),
      ).execute(takes(20, ({ hedge }) => (hedge === 0 ? fails() : 'second'))),
    );
    await clock.advance(100);
    expect(runs.map(({ at }) => at)).toEqual([0, 40]);
    expect(call).toMatchObject({ value: 'second', at: 60 });
  });

  it('does not take the wait for a turn in the rate for slowness', async () => {
    const { clock, policy, takes, runs } = stage();
    const limited = policy(rateLimit({ limit: 1, interval: 50, queue: 1 }), hedge({ delay: 10 }));
    const calls = [1, 2].map((n) => watch(clock, limited.execute(takes(5, () => n))));
    await clock.advance(200);
    // A hedge of the second would have found no place in the queue, or taken a turn.
    expect(calls.map(({ value, at }) => [value, at])).toEqual([
      [1, 5],
      [2, 55],
    ]);
    expect(runs.map(({ hedge }) => hedge)).toEqual([0, 0]);
  });

  it('sends no more and forgets the time when a breaker within it tries again by itself', async () => {
    const { clock, policy, takes, runs } = stage();
    const inner = policy(retry(constant({ attempts: 3, delay: 0 })));
    const call = watch(
      clock,
      policy(inner, hedge({ delay: 100, max: 3 })).execute(takes(10, () => fails())),
    );
    await clock.advance(30);
    expect(call).toMatchObject({ status: 'rejected', at: 30 });
    expect([runs.length, clock.pending]).toEqual([3, 0]);
  });

  it('sends no more for what a breaker runs after the call has ended', async () => {
    const { clock, policy, takes, runs } = stage();
    const { signal } = new AbortController();
    let calls = 0;
    const breaker: BreakerPart = {
      execute(fn) {
        if (++calls > 1) return new Promise(() => {});
        clock.setTimeout(() => void fn({ signal }), 20);
        return Promise.resolve(fn({ signal }));
      },
    };
    const guarded = policy(breaker, hedge({ delay: 5, max: 3 }));
    const call = guarded.execute(takes(8, () => 'done'));
    await clock.advance(100);
    expect(await call).toBe('done');
    expect(runs.map(({ at }) => at)).toEqual([0, 20]);
    expect([calls, clock.pending]).toEqual([2, 0]);
  });

  it('ends with its caller, and leaves nothing', async () => {
    const { clock, policy, takes } = stage();
    const own = new AbortController();
    const signals: AbortSignal[] = [];
    const call = watch(
      clock,
      policy(hedge({ delay: 10, max: 3 })).execute(
        (run) => {
          signals.push(run.signal);
          return takes(100, () => 1)(run);
        },
        { signal: own.signal },
      ),
    );
    await clock.advance(15);
    own.abort('enough');
    await clock.advance(0);
    expect(call).toMatchObject({ status: 'rejected', at: 15, value: 'enough' });
    expect(signals.map(({ reason }) => reason)).toEqual(['enough', 'enough']);
    expect([clock.pending, listeners(own.signal)]).toEqual([0, 0]);
  });

  it.each([
    [{ delay: -1 }, 'delay must be milliseconds from 0 to'],
    [{ delay: 5, max: 1 }, 'max must be a whole number of 2 or more, but got 1'],
    [undefined as never, 'options must be an object'],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => hedge(options), 'InvalidOption').message).toContain(message);
  });
});
