import { describe, expect, it } from 'vitest';
import { bulkhead, timeout } from '../../src/policy/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { fails, listeners, stage, watch } from './stage.ts';

describe('bulkhead', () => {
  it('lets so many run at once, and the others in order of arrival as places come free', async () => {
    const { clock, policy, takes, runs } = stage();
    const guarded = policy(bulkhead({ concurrency: 2, queue: 9 }));
    const ends = [30, 10, 5, 5].map((ms, i) => watch(clock, guarded.execute(takes(ms, () => i))));
    await clock.advance(100);
    expect(runs.map(({ at }) => at)).toEqual([0, 0, 10, 15]);
    expect(ends.map(({ at, value }) => [at, value])).toEqual([
      [30, 0],
      [10, 1],
      [15, 2],
      [20, 3],
    ]);
  });

  it('refuses whom it has no place for in the queue', async () => {
    const { clock, policy, takes } = stage();
    const guarded = policy(bulkhead({ concurrency: 1, queue: 1 }));
    const first = guarded.execute(takes(10, () => 'first'));
    const second = guarded.execute(takes(10, () => 'second'));
    const { message, details } = await rejection(guarded.execute(takes(10, () => 0)), 'Overloaded');
    expect(message).toBe('1 calls are under way and 1 wait, which is the limit; try again later');
    expect(details).toEqual({ concurrency: 1, queue: 1 });
    await clock.advance(20);
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
  });

  it('has ten places and no queue, unless it is said', async () => {
    const { clock, policy, takes } = stage();
    const guarded = policy(bulkhead());
    const ten = Promise.all(Array.from({ length: 10 }, () => guarded.execute(takes(5, () => 1))));
    await rejection(guarded.execute(takes(5, () => 1)), 'Overloaded');
    await clock.advance(5);
    expect(await ten).toHaveLength(10);
  });

  it('gives the place back when a call fails', async () => {
    const { policy } = stage();
    const guarded = policy(bulkhead({ concurrency: 1 }));
    await expect(guarded.execute(() => fails('sync'))).rejects.toThrow('sync');
    await expect(guarded.execute(async () => fails('async'))).rejects.toThrow('async');
    expect(await guarded.execute(() => 'free')).toBe('free');
  });

  it('lets go whoever gives up waiting, at once', async () => {
    const { clock, policy, takes, runs } = stage();
    const guarded = policy(bulkhead({ concurrency: 1, queue: 1 }));
    const own = new AbortController();
    const first = guarded.execute(takes(10, () => 'first'));
    const second = watch(
      clock,
      guarded.execute(
        takes(10, () => 'second'),
        { signal: own.signal },
      ),
    );
    await clock.advance(3);
    own.abort(new Error('enough'));
    await clock.advance(0);
    expect(second).toMatchObject({ status: 'rejected', at: 3, value: { message: 'enough' } });
    expect(listeners(own.signal)).toBe(0);
    const third = guarded.execute(takes(10, () => 'third'));
    await clock.advance(20);
    expect(await Promise.all([first, third])).toEqual(['first', 'third']);
    expect(runs).toHaveLength(2);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'runs nothing for an owner that aborts as its turn comes, %i turns after, and gives the place on',
    async (turns) => {
      const { clock, policy, takes } = stage();
      const guarded = policy(bulkhead({ concurrency: 1, queue: 2 }));
      const own = new AbortController();
      const first = guarded.execute(async () => {
        void later(turns, () => own.abort('no'));
      });
      let began: boolean | undefined;
      const second = guarded.execute(
        ({ signal }) => {
          began = !signal.aborted;
          return new Promise(() => {});
        },
        { signal: own.signal },
      );
      const refused = expect(second).rejects.toBe('no');
      const third = watch(clock, guarded.execute(takes(5, () => 'third')));
      await first;
      await refused;
      await clock.advance(20);
      // It began before the abort and, deaf to it, keeps its place; or it did not begin at all.
      expect([true, undefined]).toContain(began);
      expect(third.status).toBe(began ? 'pending' : 'fulfilled');
    },
  );

  it('keeps the place for as long as the function goes on, though its call is over', async () => {
    const { clock, policy } = stage();
    const guarded = policy(bulkhead({ concurrency: 1 }), timeout({ total: 10 }));
    const deaf = () => new Promise((resolve) => clock.setTimeout(() => resolve('late'), 50));
    const failed = rejection(guarded.execute(deaf), 'Timeout');
    await clock.advance(10);
    await failed;
    await clock.advance(39);
    await rejection(
      guarded.execute(() => 1),
      'Overloaded',
    );
    await clock.advance(1);
    expect(await guarded.execute(() => 'free')).toBe('free');
  });

  it.each([
    [{ concurrency: 0 }, 'concurrency must be a whole number of 1 or more, but got 0'],
    [{ queue: -1 }, 'queue must be a whole number of 0 or more, but got -1'],
    [{ size: 3 } as never, 'size must be left out: the options are concurrency, queue, but got 3'],
    [7 as never, 'options must be an object, but got 7'],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => bulkhead(options), 'InvalidOption').message).toBe(message);
  });
});

async function later(turns: number, action: () => void): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await undefined;
  action();
}
