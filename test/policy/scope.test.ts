import { describe, expect, it } from 'vitest';
import { Scope } from '../../src/policy/scope.ts';
import { listeners } from './stage.ts';

const never = () => new Promise<never>(() => {});

describe('Scope', () => {
  it('gives the outcome of its work, and is over then, once', async () => {
    let ended = 0;
    const parent = new AbortController();
    const scope = new Scope(parent.signal, () => ended++);
    let own: AbortSignal | undefined;
    const outcome = scope.run(async (signal) => {
      own = signal;
      return 'value';
    });
    expect(listeners(parent.signal)).toBe(1);
    expect(await outcome).toBe('value');
    scope.abort('late');
    parent.abort('later');
    expect([ended, listeners(parent.signal), own?.aborted]).toEqual([1, 0, false]);
  });

  it('is over with its own abort or that of its parent, whichever is first', async () => {
    const parent = new AbortController();
    const one = new Scope(parent.signal);
    const other = new Scope(parent.signal);
    const signals: AbortSignal[] = [];
    const run = (scope: Scope) =>
      scope.run((signal) => {
        signals.push(signal);
        return never();
      });
    const outcomes = [run(one), run(other)];
    one.abort('own');
    parent.abort('parent');
    await expect(outcomes[0]).rejects.toBe('own');
    await expect(outcomes[1]).rejects.toBe('parent');
    expect(signals.map(({ reason }) => reason)).toEqual(['own', 'parent']);
    expect(listeners(parent.signal)).toBe(0);
  });

  it('begins nothing when its parent has aborted, and still ends', async () => {
    let ended = 0;
    const scope = new Scope(AbortSignal.abort('before'), () => ended++);
    const outcome = scope.run(() => expect.fail('began'));
    await expect(outcome).rejects.toBe('before');
    expect(ended).toBe(1);
  });

  it('is over when its work fails, before anyone hears of it', async () => {
    const order: string[] = [];
    const scope = new Scope(undefined, () => order.push('over'));
    await scope.run(() => Promise.reject('no')).catch(() => order.push('heard'));
    expect(order).toEqual(['over', 'heard']);
  });
});
