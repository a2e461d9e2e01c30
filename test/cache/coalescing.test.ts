import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/ports/index.ts';
import { calls, POLICY } from './stage.ts';

const cached = { cached: true };
const coalesced = { coalesced: true };

describe('equal calls under way', () => {
  it('share one attempt and its result', () => {
    const { call, take, attempts } = calls();
    const all = [call({ n: 1 }), call({ n: 1 }), call({ n: 1 })];
    expect(attempts).toHaveLength(1);
    take().succeeded('one');
    expect(all.map(({ answers }) => answers)).toEqual([
      [{ output: 'one', origin: undefined }],
      [{ output: 'one', origin: coalesced }],
      [{ output: 'one', origin: coalesced }],
    ]);
  });

  it('share its failure, too', () => {
    const { call, take, attempts } = calls();
    const all = [call(1), call(1)];
    const error = new Error('the task threw');
    take().failed(error);
    expect(all.map(({ answers }) => answers)).toEqual([
      [{ error, origin: undefined }],
      [{ error, origin: coalesced }],
    ]);
    call(1);
    expect(attempts).toHaveLength(1);
  });

  it('are told all how far it is', () => {
    const { call, attempts } = calls();
    const first = call(1);
    attempts[0]?.progressed(10);
    const second = call(1);
    attempts[0]?.progressed(20);
    attempts[0]?.emitted?.('half', 30);
    const half = { emitted: 'half', value: 30 };
    expect(first.answers).toEqual([{ progress: 10 }, { progress: 20 }, half]);
    expect(second.answers).toEqual([{ progress: 20 }, half]);
  });

  it('are made known to the task as the one that has waited longest, without its deadline', () => {
    const { cache, call, attempts } = calls();
    const infoOf = (execution: string) => ({
      executionId: execution,
      info: { execution, idempotencyKey: `${execution}:one`, remaining: 5 },
    });
    const first = call(1, POLICY, infoOf('a'));
    call(1, POLICY, infoOf('b'));
    expect(attempts[0]?.info).toEqual({ execution: 'a', idempotencyKey: 'a:one' });
    cache.cancel(first.job, new Error('enough'));
    expect(attempts[0]?.info).toEqual({ execution: 'b', idempotencyKey: 'b:one' });
    call(2);
    expect(attempts[1]?.info).toBeUndefined();
  });

  it('go on when the one that began it is cancelled, which fails at once', () => {
    const { cache, call, take, cancelled, attempts } = calls();
    const [first, second, third] = [
      call(1, POLICY, { executionId: 'a' }),
      call(1, POLICY, { executionId: 'b' }),
      call(1, POLICY, { executionId: 'c' }),
    ];
    const error = new Error('enough');
    cache.cancel(first.job, error);
    expect(first.answers).toEqual([{ error, origin: undefined }]);
    expect(cancelled).toEqual([]);
    expect(attempts[0]?.executionId).toBe('b');
    take().succeeded('one');
    expect(second.answers).toEqual([{ output: 'one', origin: undefined }]);
    expect(third.answers).toEqual([{ output: 'one', origin: coalesced }]);
    expect(first.answers).toHaveLength(1);
  });

  it('go on when one that joined is cancelled', () => {
    const { cache, call, take, cancelled } = calls();
    const [first, second] = [call(1), call(1)];
    cache.cancel(second.job, new Error('enough'));
    take().succeeded('one');
    expect(first.answers).toEqual([{ output: 'one', origin: undefined }]);
    expect(second.answers).toMatchObject([{ error: { message: 'enough' } }]);
    expect(cancelled).toEqual([]);
  });

  it('end with the last that is cancelled, and no later call joins what is ending', () => {
    const { cache, call, take, cancelled, attempts } = calls();
    const [first, second] = [call(1), call(1)];
    const [one, two] = [new Error('one'), new Error('two')];
    cache.cancel(first.job, one);
    cache.cancel(second.job, two);
    expect(cancelled).toEqual([[attempts[0], two]]);
    expect(second.answers).toEqual([]);
    const later = call(1);
    expect(attempts).toHaveLength(2);
    take().failed(two);
    expect(second.answers).toEqual([{ error: two, origin: undefined }]);
    expect(later.answers).toEqual([]);
    take().succeeded('again');
    expect(later.answers).toEqual([{ output: 'again', origin: undefined }]);
  });

  it('may be cancelled by one another as they are answered', () => {
    const { cache, call, callerOf, take } = calls();
    const error = new Error('enough');
    const first = callerOf(1, { succeeded: () => cache.cancel(second.job, error) });
    cache.dispatch(first.job, POLICY);
    const second = call(1);
    const third = call(1);
    take().succeeded('one');
    expect(second.answers).toEqual([{ error, origin: undefined }]);
    expect(third.answers).toEqual([{ output: 'one', origin: coalesced }]);
  });

  it('may be cancelled by one another also when only one is left', () => {
    const { cache, call, callerOf, take, cancelled } = calls();
    const error = new Error('enough');
    const first = callerOf(1, { succeeded: () => cache.cancel(second.job, error) });
    cache.dispatch(first.job, POLICY);
    const second = call(1);
    take().succeeded('one');
    expect(second.answers).toEqual([{ error, origin: undefined }]);
    expect(cancelled).toEqual([]);
  });

  it('are answered once, also when they are cancelled as they are answered', () => {
    const { cache, callerOf, take } = calls();
    for (const how of ['succeeded', 'failed'] as const) {
      const first = callerOf(how);
      const second = callerOf(how);
      for (const { job } of [first, second]) {
        const tell = job[how] as (value: unknown) => void;
        job[how] = (value: unknown) => {
          cache.cancel(job, new Error('late'));
          tell(value);
        };
        cache.dispatch(job, POLICY);
      }
      take()[how](new Error('the end') as never);
      expect([first.answers.length, second.answers.length]).toEqual([1, 1]);
    }
  });

  it('find the result when they come as the first is answered', () => {
    const { cache, callerOf, take, call } = calls();
    let inner: ReturnType<typeof call> | undefined;
    const first = callerOf(1, {
      succeeded: () => {
        inner = call(1);
      },
    });
    cache.dispatch(first.job, POLICY);
    take().succeeded('one');
    expect(inner?.answers).toEqual([{ output: 'one', origin: cached }]);
  });

  it.each<[string, Partial<Job>]>([
    ['a higher priority', { priority: 1 }],
    ['another timeout', { timeout: 5 }],
    ['another queue timeout', { queueTimeout: 5 }],
    ['another concurrency key', { concurrencyKey: 'k' }],
    ['another executor', { executor: 'io' }],
  ])('are not shared by a call of %s', (_, fields) => {
    const { call, attempts } = calls();
    call(1);
    call(1, POLICY, fields);
    call(1, POLICY, fields);
    expect(attempts).toHaveLength(2);
  });

  it('are shared by a call of a lower priority', () => {
    const { call, attempts } = calls();
    call(1, POLICY, { priority: 5 });
    call(1, POLICY, { priority: 4 });
    expect(attempts).toHaveLength(1);
  });

  it('of different scopes are not shared', () => {
    const { call, attempts } = calls();
    const own = { ttl: 1_000, scope: 'execution' } as const;
    call(1, POLICY, { executionId: 'a' });
    call(1, own, { executionId: 'a' });
    call(1, own, { executionId: 'b' });
    call(1, own, { executionId: 'b' });
    expect(attempts).toHaveLength(3);
  });
});

describe('cancelling', () => {
  it('leaves alone who was answered, or was never there', () => {
    const { cache, call, callerOf, take, cancelled } = calls();
    const { job, answers } = call(1);
    take().succeeded('one');
    cache.cancel(job, new Error('late'));
    const stranger = callerOf(1);
    cache.cancel(stranger.job, new Error('who?'));
    const known = call(1);
    cache.cancel(known.job, new Error('late'));
    expect([answers.length, stranger.answers.length, known.answers.length]).toEqual([1, 0, 1]);
    expect(cancelled).toEqual([]);
  });
});
