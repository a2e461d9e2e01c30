import { describe, expect, it } from 'vitest';
import { constant, TroupeError } from '../../src/model/index.ts';
import { bulkhead, fallback, retry } from '../../src/policy/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { fails, stage, watch } from './stage.ts';

describe('fallback', () => {
  it('stands in for what failed after everything was tried', async () => {
    const { clock, policy, takes, runs } = stage();
    const call = policy(
      fallback((error) => `instead of ${(error as Error).message}`),
      retry(constant({ attempts: 2, delay: 5 })),
    ).execute(takes(0, ({ attempt }) => fails(`try ${attempt}`)));
    await clock.advance(10);
    expect(await call).toBe('instead of try 2');
    expect(runs).toHaveLength(2);
  });

  it('is not asked when the call succeeds', async () => {
    const { policy } = stage();
    const asked = () => expect.fail('asked');
    expect(await policy(fallback(asked)).execute(() => 'fine')).toBe('fine');
  });

  it('stands in for a call that is refused for lack of room', async () => {
    const { clock, policy, takes } = stage();
    const guarded = policy(
      bulkhead({ concurrency: 1 }),
      fallback(() => 'later', { fallbackIf: (error) => TroupeError.is(error, 'Overloaded') }),
    );
    const first = guarded.execute(takes(5, () => 'first'));
    expect(await guarded.execute(takes(5, () => 'second'))).toBe('later');
    await clock.advance(5);
    expect(await first).toBe('first');
  });

  it('leaves to the caller what its predicate says no to', async () => {
    const { policy } = stage();
    const guarded = policy(
      fallback(() => 'else', { fallbackIf: (error) => error instanceof RangeError }),
    );
    await expect(guarded.execute(() => fails('other'))).rejects.toThrow('other');
    expect(
      await guarded.execute(() => {
        throw new RangeError('mine');
      }),
    ).toBe('else');
  });

  it('fails with what the fallback throws, and says so when its predicate throws', async () => {
    const { policy } = stage();
    const broken = policy(fallback(async () => fails('worse'))).execute(() => fails('bad'));
    await expect(broken).rejects.toThrow('worse');
    const fallbackIf = () => fails('defect');
    const call = policy(fallback(() => 1, { fallbackIf })).execute(() => fails('bad'));
    const { message } = await rejection(call, 'InvalidOption');
    expect(message).toBe('fallbackIf threw: defect; it was asked about: bad');
  });

  it('does not stand in for a call that its caller aborts, before or while it is asked', async () => {
    const { clock, policy, takes } = stage();
    const own = new AbortController();
    let asked = 0;
    const never = policy(fallback(() => asked++));
    const before = never.execute(
      takes(50, () => 1),
      { signal: own.signal },
    );
    const slow = policy(fallback((_, { signal }) => takes(50, () => 1)({ ...run, signal })));
    const run = { attempt: 1, hedge: 0 };
    const during = watch(
      clock,
      slow.execute(() => fails(), { signal: own.signal }),
    );
    await clock.advance(10);
    own.abort('enough');
    await expect(before).rejects.toBe('enough');
    await clock.advance(0);
    expect(during).toMatchObject({ status: 'rejected', value: 'enough', at: 10 });
    expect([asked, clock.pending]).toEqual([0, 0]);
  });

  it.each([
    [() => fallback(5 as never), 'fallback must be a function, but got 5'],
    [() => fallback(() => 1, { fallbackIf: 1 as never }), 'fallbackIf must be a function'],
    [
      () => fallback(() => 1, { when: 1 } as never),
      'when must be left out: the options are fallbackIf',
    ],
  ])('refuses %s', (make, message) => {
    expect(thrown(make, 'InvalidOption').message).toContain(message);
  });
});
