import { describe, expect, it } from 'vitest';
import { constant } from '../../src/model/index.ts';
import { retry, timeout } from '../../src/policy/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { fails, stage, watch } from './stage.ts';

describe('timeout', () => {
  it('ends a call whose time is up, and aborts its signal with the same error', async () => {
    const { clock, policy } = stage();
    const seen: unknown[] = [];
    const call = policy(timeout({ total: 20 })).execute(
      ({ signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => seen.push(signal.reason));
        }),
    );
    const failed = rejection(call, 'Timeout');
    await clock.advance(19);
    expect(seen).toEqual([]);
    await clock.advance(1);
    const error = await failed;
    expect(seen).toEqual([error]);
    expect(error.message).toBe('the call took longer than 20 ms');
    expect(error.details).toEqual({ scope: 'total', timeout: 20 });
  });

  it('ends it also when the function does not heed its signal', async () => {
    const { clock, policy } = stage();
    const deaf = () =>
      new Promise((_, reject) => clock.setTimeout(() => reject(new Error('late')), 50));
    const call = watch(clock, policy(timeout({ attempt: 20 })).execute(deaf));
    await clock.advance(100);
    expect(call).toMatchObject({ status: 'rejected', at: 20, value: { code: 'Timeout' } });
  });

  it('leaves a call alone that ends in time, and its signal, which is not aborted later', async () => {
    const { clock, policy, takes } = stage();
    let seen: AbortSignal | undefined;
    const call = policy(timeout({ total: 20, attempt: 20 })).execute(
      takes(19, ({ signal }) => {
        seen = signal;
        return 'in time';
      }),
    );
    await clock.advance(19);
    expect(await call).toBe('in time');
    expect(clock.pending).toBe(0);
    await clock.advance(100);
    expect(seen?.aborted).toBe(false);
  });

  it('counts for each try, and for all of them with their waits', async () => {
    const { clock, policy, takes, runs } = stage();
    const again = retry(constant({ attempts: 9, delay: 10 }));
    const call = policy(timeout({ total: 100 }), again, timeout({ attempt: 30 })).execute(
      takes(31, () => 'late'),
    );
    const failed = rejection(call, 'Timeout');
    await clock.advance(200);
    expect((await failed).details).toEqual({ scope: 'total', timeout: 100 });
    expect(runs.map(({ at }) => at)).toEqual([0, 40, 80]);
    expect(clock.pending).toBe(0);
  });

  it('says of a try that it was a try', async () => {
    const { clock, policy, takes } = stage();
    const failed = rejection(
      policy(timeout({ attempt: 5 })).execute(takes(9, () => fails())),
      'Timeout',
    );
    await clock.advance(5);
    const { message, details } = await failed;
    expect(message).toBe('a try of the call took longer than 5 ms');
    expect(details).toEqual({ scope: 'attempt', timeout: 5 });
  });

  it.each([
    [{}, 'timeout must be given a total, an attempt, or both'],
    [{ total: 0 }, 'total must be milliseconds from 1 to 2147483647, but got 0'],
    [{ attempt: Number.NaN }, 'attempt must be milliseconds from 1 to'],
    [{ each: 5 } as never, 'each must be left out: the options are total, attempt, but got 5'],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => timeout(options), 'InvalidOption').message).toContain(message);
  });
});
