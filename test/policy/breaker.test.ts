import { describe, expect, it } from 'vitest';
import { type BreakerPart, bulkhead, hedge, timeout } from '../../src/policy/index.ts';
import { fails, listeners, stage, watch } from './stage.ts';

describe('a breaker in a policy', () => {
  it('decides whether the function runs', async () => {
    const { policy } = stage();
    const open: BreakerPart = { execute: async () => fails('open') };
    await expect(policy(open).execute(() => expect.fail('ran'))).rejects.toThrow('open');
  });

  it('may also refuse by throwing', async () => {
    const { policy } = stage();
    const broken: BreakerPart = { execute: () => fails('broken') };
    await expect(policy(broken).execute(() => 1)).rejects.toThrow('broken');
  });

  it('gets the signal of the call, and gives the function one', async () => {
    const { policy } = stage();
    const own = new AbortController();
    const breakers = new AbortController();
    let given: AbortSignal | undefined;
    const breaker: BreakerPart = {
      execute: async (fn, { signal } = {}) => {
        given = signal;
        return fn({ signal: breakers.signal });
      },
    };
    const seen = await policy(breaker).execute(({ signal }) => signal, { signal: own.signal });
    expect(seen).toBe(breakers.signal);
    expect(given?.aborted).toBe(false);
  });

  it('ends what is within it with its own signal', async () => {
    const { policy, clock } = stage();
    const breakers = new AbortController();
    const breaker: BreakerPart = { execute: async (fn) => fn({ signal: breakers.signal }) };
    const call = policy(breaker, timeout({ attempt: 50 })).execute(() => new Promise(() => {}));
    breakers.abort('tripped');
    await expect(call).rejects.toBe('tripped');
    expect([clock.pending, listeners(breakers.signal)]).toEqual([0, 0]);
  });

  it('runs nothing any more for a call that has ended', async () => {
    const { clock, policy } = stage();
    const own = new AbortController();
    const late: BreakerPart = {
      execute: async (fn) => {
        await new Promise((resolve) => clock.setTimeout(() => resolve(0), 10));
        return fn({ signal: new AbortController().signal });
      },
    };
    let ran = false;
    const call = policy(late, hedge({ delay: 5 })).execute(
      () => {
        ran = true;
      },
      { signal: own.signal },
    );
    own.abort('enough');
    await expect(call).rejects.toBe('enough');
    await clock.advance(20);
    expect([ran, clock.pending]).toEqual([false, 0]);
  });

  it('holds nothing up when it never answers an abort', async () => {
    const { clock, policy } = stage();
    const own = new AbortController();
    const mute: BreakerPart = { execute: () => new Promise(() => {}) };
    const guarded = policy(mute, bulkhead({ concurrency: 1 }));
    const call = guarded.execute(() => 1, { signal: own.signal });
    own.abort('enough');
    await expect(call).rejects.toBe('enough');
    const next = watch(
      clock,
      guarded.execute(() => 2),
    );
    await clock.advance(0);
    expect(next.status).toBe('pending');
  });
});
