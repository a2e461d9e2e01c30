import { describe, expect, it } from 'vitest';
import { constant, decorrelatedJitter, retryBudget, TroupeError } from '../../src/model/index.ts';
import { retry } from '../../src/policy/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { fails, listeners, stage, watch } from './stage.ts';

describe('retry', () => {
  it('tries again after the back-off until a try succeeds', async () => {
    const { clock, policy, takes, runs } = stage();
    const call = policy(retry(constant({ attempts: 5, delay: 100 }))).execute(
      takes(10, ({ attempt }) => (attempt < 3 ? fails() : 'done')),
    );
    await clock.advance(1_000);
    expect(await call).toBe('done');
    expect(runs).toEqual([
      { at: 0, attempt: 1, hedge: 0 },
      { at: 110, attempt: 2, hedge: 0 },
      { at: 220, attempt: 3, hedge: 0 },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('fails with what the last try threw, as it is', async () => {
    const { clock, policy, takes } = stage();
    const thrownByLast = { not: 'an error' };
    const call = watch(
      clock,
      policy(retry(constant({ attempts: 2, delay: 5 }))).execute(
        takes(0, ({ attempt }) => {
          throw attempt === 2 ? thrownByLast : new Error('first');
        }),
      ),
    );
    await clock.advance(10);
    expect(call.status).toBe('rejected');
    expect(call.value).toBe(thrownByLast);
  });

  it('is exponential() unless it is said, drawing from the given chance', async () => {
    const { clock, policy, runs, takes } = stage(7);
    const call = watch(clock, policy(retry()).execute(takes(0, () => fails())));
    await clock.advance(300);
    expect(call.status).toBe('rejected');
    expect(runs).toHaveLength(3);
    const again = stage(7);
    void again
      .policy(retry())
      .execute(again.takes(0, () => fails()))
      .catch(() => {});
    await again.clock.advance(300);
    expect(again.runs).toEqual(runs);
  });

  it('tells a decorrelated back-off the wait before', async () => {
    const { clock, policy, takes, runs } = stage(3);
    const call = policy(retry(decorrelatedJitter({ attempts: 6, initial: 100 }))).execute(
      takes(0, () => fails()),
    );
    const failed = expect(call).rejects.toThrow('no');
    await clock.advance(200_000);
    await failed;
    const waits = runs.slice(1).map(({ at }, index) => at - (runs[index]?.at ?? 0));
    expect(waits).toHaveLength(5);
    waits.reduce((previous, wait) => {
      expect(wait).toBeGreaterThanOrEqual(100);
      expect(wait).toBeLessThanOrEqual(previous * 3);
      return wait;
    }, 100);
    expect(Math.max(...waits)).toBeGreaterThan(300);
  });

  it('does not try again what no other try can mend', async () => {
    const { clock, policy, takes, runs } = stage();
    const call = policy(retry()).execute(
      takes(0, () => {
        throw new TroupeError('InvalidInput', 'no');
      }),
    );
    const failed = rejection(call, 'InvalidInput');
    await clock.advance(1_000);
    await failed;
    expect(runs).toHaveLength(1);
  });

  it('begins no try after maxElapsed, counted from when the first one began', async () => {
    const { clock, policy, takes, runs } = stage();
    await clock.advance(5_000);
    const again = retry(constant({ attempts: 99, delay: 20, maxElapsed: 100 }));
    const call = watch(clock, policy(again).execute(takes(30, () => fails())));
    await clock.advance(1_000);
    expect(runs.map(({ at }) => at - 5_000)).toEqual([0, 50, 100]);
    expect(call).toMatchObject({ status: 'rejected', at: 5_130 });
  });

  it('gives up at once when it is asked to wait for longer than maxElapsed leaves', async () => {
    const { clock, policy, takes } = stage();
    const busy = Object.assign(new Error('busy'), { retryAfter: 200 });
    const again = retry(constant({ attempts: 9, delay: 20, maxElapsed: 200 }));
    const call = watch(
      clock,
      policy(again).execute(
        takes(1, () => {
          throw busy;
        }),
      ),
    );
    await clock.advance(1_000);
    expect(call).toMatchObject({ status: 'rejected', at: 1, value: busy });
  });

  it('shares a budget between policies, and success refills it', async () => {
    const { clock, policy, takes, runs } = stage();
    const budget = retryBudget({ tokens: 4, tokenRatio: 2 });
    const make = () => policy(retry(constant({ attempts: 9, delay: 1, budget })));
    const [one, other] = [make(), make()];
    const failed = expect(one.execute(takes(0, () => fails()))).rejects.toThrow();
    await clock.advance(10);
    await failed;
    expect([runs.length, budget.exhausted]).toEqual([2, true]);
    await other.execute(() => 'fine');
    expect(budget.tokens).toBe(4);
    const more = expect(other.execute(takes(0, () => fails()))).rejects.toThrow();
    await clock.advance(10);
    await more;
    expect(runs).toHaveLength(4);
  });

  it('says so when the predicate throws', async () => {
    const { policy } = stage();
    const retryIf = () => fails('defect');
    const call = policy(retry(constant({ retryIf }))).execute(() => fails('original'));
    const { message, cause, details } = await rejection(call, 'InvalidOption');
    expect(message).toBe('retryIf threw: defect; it was asked about: original');
    expect((cause as Error).message).toBe('defect');
    expect(details.failure).toMatchObject({ message: 'original' });
  });

  it('ends at once when its caller aborts it between two tries', async () => {
    const { clock, policy, takes, runs } = stage();
    const own = new AbortController();
    const call = watch(
      clock,
      policy(retry(constant({ delay: 100 }))).execute(
        takes(10, () => fails()),
        { signal: own.signal },
      ),
    );
    await clock.advance(50);
    expect(clock.pending).toBe(1);
    const reason = new Error('enough');
    own.abort(reason);
    await clock.advance(0);
    expect(call).toMatchObject({ status: 'rejected', at: 50 });
    expect(call.value).toBe(reason);
    expect([runs.length, clock.pending, listeners(own.signal)]).toEqual([1, 0, 0]);
  });

  it('takes an abort for no failure, whatever error the function answers it with', async () => {
    const { clock, policy } = stage();
    const own = new AbortController();
    const budget = retryBudget({ tokens: 5 });
    let tries = 0;
    const call = policy(retry(constant({ delay: 1, budget }))).execute(
      ({ signal }) =>
        new Promise((_, reject) => {
          tries++;
          signal.addEventListener('abort', () => reject(new Error('stopped')));
        }),
      { signal: own.signal },
    );
    const failed = expect(call).rejects.toBe('enough');
    own.abort('enough');
    await failed;
    await clock.advance(100);
    expect([tries, budget.tokens]).toEqual([1, 5]);
  });

  it('refuses what is no back-off', () => {
    const { message } = thrown(() => retry({ attempts: 3 } as never), 'InvalidOption');
    expect(message).toContain('retry must be a retry such as exponential()');
  });
});
