import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constant, TroupeError } from '../../src/model/index.ts';
import {
  type BreakerPart,
  type Bulkhead,
  bulkhead,
  fallback,
  hedge,
  type PolicyPart,
  rateLimit,
  retry,
  timeout,
} from '../../src/policy/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { Play, parts, scenes } from './composition.ts';
import { fails, listeners, stage, watch } from './stage.ts';

const RUNS = { numRuns: 300 };

/** A breaker that keeps what came of the calls it saw. */
function recordingBreaker() {
  const seen: string[] = [];
  const breaker: BreakerPart = {
    async execute(fn, { signal = new AbortController().signal } = {}) {
      try {
        const value = await fn({ signal });
        seen.push('success');
        return value;
      } catch (error) {
        seen.push(TroupeError.is(error) ? error.code : String(error));
        throw error;
      }
    },
  };
  return { breaker, seen };
}

describe('a policy', () => {
  it('of no parts runs the function, and gives its outcome', async () => {
    const { policy } = stage();
    expect(await policy().execute(() => 'value')).toBe('value');
    await expect(policy().execute(() => fails('sync'))).rejects.toThrow('sync');
  });

  it('listens once to a signal, however many of its calls are under it', async () => {
    const { clock, policy, takes } = stage();
    const calm = policy(
      timeout({ total: 5_000, attempt: 1_000 }),
      retry(),
      hedge({ delay: 10, max: 20 }),
      bulkhead({ concurrency: 10, queue: 2_000 }),
    );
    const control = new AbortController();
    const { signal } = control;
    const inner: AbortSignal[] = [];
    const slow = takes(500, () => 'done');
    const call = () =>
      calm.execute(
        (run) => {
          inner.push(run.signal);
          return slow(run);
        },
        { signal },
      );
    const calls = Array.from({ length: 1_000 }, call);
    await clock.advance(400);
    expect(inner.length).toBe(200);
    expect(listeners(signal)).toBe(1);
    await clock.advance(100);
    expect(await calls[0]).toBe('done');
    expect(listeners(signal)).toBe(1);
    control.abort('enough');
    const ends = await Promise.allSettled(calls);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect([listeners(signal), ...inner.map(listeners)].every((count) => count === 0)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('gives the function its signal, attempt and hedge', async () => {
    const { policy } = stage();
    const context = await policy().execute((given) => given);
    expect(context).toEqual({ signal: expect.any(AbortSignal), attempt: 1, hedge: 0 });
  });

  it('ends with the reason of its caller, and aborts the signal of the function with it', async () => {
    const { policy } = stage();
    const own = new AbortController();
    let seen: AbortSignal | undefined;
    const call = policy().execute(
      ({ signal }) => {
        seen = signal;
        return new Promise(() => {});
      },
      { signal: own.signal },
    );
    const reason = new Error('enough');
    own.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(seen?.reason).toBe(reason);
    expect(listeners(own.signal)).toBe(0);
  });

  it('runs nothing for a caller that has aborted already', async () => {
    const { policy, clock } = stage();
    const call = policy(timeout({ total: 5, attempt: 5 }), bulkhead(), retry()).execute(
      () => expect.fail('ran'),
      { signal: AbortSignal.abort('before') },
    );
    await expect(call).rejects.toBe('before');
    expect(clock.pending).toBe(0);
  });

  it('ignores what comes of a function after its call is over', async () => {
    const { policy, clock } = stage();
    const own = new AbortController();
    const call = policy().execute(
      () => new Promise((_, reject) => clock.setTimeout(() => reject(new Error('late')), 10)),
      { signal: own.signal },
    );
    own.abort('enough');
    await expect(call).rejects.toBe('enough');
    // An unhandled rejection would fail the test run.
    await clock.advance(10);
  });

  it('can be a part of another, and is shared by those that it is a part of', async () => {
    const { policy, clock, takes } = stage();
    const shared = policy(bulkhead({ concurrency: 1 }));
    const again = policy(retry(constant({ attempts: 2, delay: 20 })), shared);
    const first = policy(timeout({ total: 50 }), shared).execute(takes(10, () => 'first'));
    const second = watch(clock, again.execute(takes(10, () => 'second')));
    await clock.advance(100);
    expect(await first).toBe('first');
    expect(second).toMatchObject({ value: 'second', at: 30 });
  });

  it.each([
    [[bulkhead(), retry(), bulkhead()], 'parts[2] must be the only bulkhead of the policy'],
    [
      [timeout({ total: 5 }), timeout({ total: 5, attempt: 5 })],
      'parts[1] must be the only total timeout of the policy',
    ],
    [
      [timeout({ attempt: 5 }), timeout({ attempt: 6 })],
      'parts[1] must be the only attempt timeout of the policy',
    ],
    [
      [recordingBreaker().breaker, recordingBreaker().breaker],
      'parts[1] must be the only breaker of the policy',
    ],
    [[constant() as never], 'parts[0] must be fallback(), bulkhead(), timeout(), retry()'],
    [[null as never], 'parts[0] must be fallback()'],
    [[{ kind: 'magic' } as never], 'parts[0] must be fallback()'],
  ] as [PolicyPart[], string][])('refuses %o', (given, message) => {
    const { policy } = stage();
    expect(thrown(() => policy(...given), 'InvalidOption').message).toContain(message);
  });

  it('takes both timeouts together or apart', () => {
    const { policy } = stage();
    expect(() => policy(timeout({ total: 5 }), timeout({ attempt: 5 }))).not.toThrow();
    expect(() => policy(timeout({ total: 5, attempt: 5 }))).not.toThrow();
  });

  it('refuses what is no function, no option, no signal', async () => {
    const { policy } = stage();
    await rejection(policy().execute(5 as never), 'InvalidOption');
    await rejection(
      policy().execute(() => 1, { timeout: 5 } as never),
      'InvalidOption',
    );
    await rejection(
      policy().execute(() => 1, { signal: 5 as never }),
      'InvalidOption',
    );
  });
});

describe('the order of a policy', () => {
  it('does not count the wait for the bulkhead in the total time', async () => {
    const { clock, policy, takes } = stage();
    const guarded = policy(timeout({ total: 15 }), bulkhead({ concurrency: 1, queue: 1 }));
    const calls = [1, 2].map((n) => watch(clock, guarded.execute(takes(10, () => n))));
    await clock.advance(50);
    expect(calls.map(({ value, at }) => [value, at])).toEqual([
      [1, 10],
      [2, 20],
    ]);
  });

  it('keeps the place in the bulkhead between two tries', async () => {
    const { clock, policy, takes } = stage();
    const guarded = policy(
      retry(constant({ attempts: 2, delay: 50 })),
      bulkhead({ concurrency: 1 }),
    );
    const first = watch(clock, guarded.execute(takes(5, ({ attempt }) => attempt)));
    const second = watch(
      clock,
      policy(guarded).execute(() => fails('ran')),
    );
    await clock.advance(100);
    expect(first.value).toBe(1);
    expect(second.value).toMatchObject({ code: 'Overloaded' });
  });

  it('shows the breaker every try, and the end of its time as a failure', async () => {
    const { clock, policy, takes } = stage();
    const { breaker, seen } = recordingBreaker();
    const call = policy(
      timeout({ attempt: 10 }),
      breaker,
      retry(constant({ attempts: 3, delay: 1 })),
    ).execute(takes(0, ({ attempt }) => (attempt === 2 ? fails('two') : 'fine')));
    await clock.advance(5);
    expect(await call).toBe('fine');
    const slow = policy(
      timeout({ attempt: 10 }),
      breaker,
      retry(constant({ attempts: 2, delay: 1 })),
    ).execute(() => new Promise((resolve) => clock.setTimeout(() => resolve('deaf'), 11)));
    const failed = rejection(slow, 'Timeout');
    await clock.advance(100);
    await failed;
    expect(seen).toEqual(['success', 'Timeout', 'Timeout']);
  });

  it('does not show the breaker who waits for the rate, or is refused by it', async () => {
    const { clock, policy, takes } = stage();
    const { breaker, seen } = recordingBreaker();
    const limited = policy(breaker, rateLimit({ limit: 1, interval: 100, mode: 'reject' }));
    const first = limited.execute(takes(0, () => 1));
    await rejection(limited.execute(takes(0, () => 2)), 'Overloaded');
    await clock.advance(0);
    await first;
    expect(seen).toEqual(['success']);
  });

  it('counts the wait for the rate in the total time, and not in that of a try', async () => {
    const { clock, policy, takes } = stage();
    const limited = policy(
      rateLimit({ limit: 1, interval: 100 }),
      timeout({ total: 150, attempt: 60 }),
    );
    const calls = [1, 2, 3].map((n) => watch(clock, limited.execute(takes(10, () => n))));
    await clock.advance(500);
    expect(calls.map(({ status, at }) => [status, at])).toEqual([
      ['fulfilled', 10],
      ['fulfilled', 110],
      ['rejected', 150],
    ]);
  });

  it('lets the fallback stand in for the end of the total time', async () => {
    const { clock, policy, takes } = stage();
    const call = watch(
      clock,
      policy(
        timeout({ total: 10 }),
        fallback(() => 'instead'),
      ).execute(takes(50, () => 'late')),
    );
    await clock.advance(50);
    expect(call).toMatchObject({ value: 'instead', at: 10 });
  });

  it('is the same whatever the order in which the parts are given', async () => {
    const shuffled = parts.chain((chosen) =>
      fc.tuple(
        fc.constant(chosen),
        fc.shuffledSubarray(chosen, { minLength: chosen.length, maxLength: chosen.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, scenes, async ([chosen, other], given) => {
        const plays = [chosen, other].map((some) => new Play(some.map((make) => make())));
        for (const play of plays) await play.perform(given);
        expect(plays[1]?.trace).toEqual(plays[0]?.trace);
      }),
      RUNS,
    );
  });
});

describe('whatever happens, a policy', () => {
  it('ends every call once, with its abort if it is aborted, and leaves nothing', async () => {
    await fc.assert(
      fc.asyncProperty(parts, scenes, async (chosen, given) => {
        const play = new Play(chosen.map((make) => make()));
        await play.perform(given);
        expect(play.wrongs).toEqual([]);
        expect(play.leftovers()).toEqual({ timers: 0, listeners: 0, runs: 0 });
      }),
      RUNS,
    );
  });

  it('never lets more calls run than the bulkhead holds, deaf functions among them', async () => {
    const places = fc.record({
      concurrency: fc.integer({ min: 1, max: 3 }),
      queue: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(places, parts, scenes, async (options, chosen, given) => {
        const others = chosen.map((make) => make()).filter((part) => kindOf(part) !== 'bulkhead');
        const play = new Play([...others, bulkhead(options)]);
        await play.perform(given);
        expect(play.mostCallsAtOnce).toBeLessThanOrEqual(options.concurrency);
      }),
      RUNS,
    );
  });

  it('has all its places again when all calls have ended', async () => {
    await fc.assert(
      fc.asyncProperty(parts, scenes, async (chosen, given) => {
        const made = chosen.map((make) => make());
        const hold = made.find((part): part is Bulkhead => kindOf(part) === 'bulkhead');
        fc.pre(hold !== undefined && !made.some((part) => kindOf(part) === 'rateLimit'));
        const play = new Play(made);
        await play.perform(given);
        const own = new AbortController();
        let began = 0;
        const calls = Array.from({ length: hold?.concurrency ?? 0 }, (_, index) =>
          play.policy
            .execute(
              ({ hedge }) => {
                if (hedge === 0) began++;
                return new Promise(() => index);
              },
              { signal: own.signal },
            )
            .catch(() => {}),
        );
        await play.clock.advance(0);
        expect(began).toBe(hold?.concurrency);
        own.abort();
        await Promise.all(calls);
      }),
      RUNS,
    );
  });
});

function kindOf(part: PolicyPart): string {
  return 'kind' in part ? part.kind : 'breaker';
}

describe('hedges in a policy', () => {
  it('are each seen by the breaker, the loser with the reason of its abort', async () => {
    const { clock, policy, takes } = stage();
    const { breaker, seen } = recordingBreaker();
    const call = policy(hedge({ delay: 10 }), breaker).execute((run) =>
      takes(run.hedge === 0 ? 50 : 5, () => run.hedge)(run),
    );
    await clock.advance(20);
    expect(await call).toBe(1);
    expect(seen.toSorted()).toEqual(['TaskCancelled', 'success']);
  });
});
