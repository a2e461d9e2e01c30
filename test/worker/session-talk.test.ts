import { describe, expect, it } from 'vitest';
import { HostKind, type HostMessage, INBOX_SIZE, WorkerKind } from '../../src/ipc/index.ts';
import { TroupeError } from '../../src/model/index.ts';
import { cancel, SessionHost, settled, type Task } from './session-host.ts';

/** What passes between a host and a running task, besides its outcome: streams, messages, events. */

const credit = (job: number, count: number): HostMessage => [HostKind.credit, job, count];
const message = (job: number, value: unknown): HostMessage => [HostKind.message, job, value];
const stopped = new TroupeError('TaskCancelled', 'asked to stop');

const upTo: Task = async function* (last: number) {
  for (let i = 1; i <= last; i++) yield i;
  return 'all';
};

function pieces({ sent }: SessionHost, job: number): unknown[] {
  return sent.flatMap((each) => (each[0] === WorkerKind.chunk && each[1] === job ? [each[2]] : []));
}

describe('a task that yields', () => {
  it('is sent piece by piece, as far as there is credit, then what it returns', async () => {
    const host = new SessionHost({ upTo });
    host.deliver(host.stream(1, 'upTo', 5), credit(1, 2));
    await settled();
    expect(pieces(host, 1)).toEqual([1, 2]);
    host.deliver(credit(1, 1));
    await settled();
    expect(pieces(host, 1)).toEqual([1, 2, 3]);
    expect(host.answers).toEqual([]);
    host.deliver(credit(1, 10));
    await settled();
    expect(pieces(host, 1)).toEqual([1, 2, 3, 4, 5]);
    expect(host.answers).toEqual([[1, 'all']]);
  });

  it('stands still at its yield where nobody gives credit', async () => {
    let reached = 0;
    const host = new SessionHost({
      *count(_: number) {
        for (;;) yield ++reached;
      },
    });
    host.deliver(host.stream(1, 'count'), credit(1, 3));
    await settled();
    expect(reached).toBe(4);
  });

  it('is ended at its yield when it is cancelled, its finally included', async () => {
    const log: string[] = [];
    const host = new SessionHost({
      async *endless(_: number) {
        try {
          for (;;) yield 'more';
        } finally {
          log.push('cleared');
        }
      },
    });
    host.deliver(host.stream(1, 'endless'), credit(1, 1));
    await settled();
    host.deliver(cancel(1, stopped));
    await settled();
    expect(log).toEqual(['cleared']);
    expect(host.answers).toEqual([[1, undefined]]);
  });

  it('fails with what it throws, after the pieces before', async () => {
    const host = new SessionHost({
      async *breaks(_: number) {
        yield 1;
        throw new Error('torn');
      },
    });
    host.deliver(host.stream(1, 'breaks'), credit(1, 9));
    await settled();
    expect(pieces(host, 1)).toEqual([1]);
    expect(host.answers).toEqual([[1, 'torn']]);
  });

  it('fails when a piece cannot travel, and is ended', async () => {
    const log: string[] = [];
    const host = new SessionHost({
      async *unfit(_: number) {
        try {
          yield () => {};
          yield 'never seen';
        } finally {
          log.push('cleared');
        }
      },
    });
    host.deliver(host.stream(1, 'unfit'), credit(1, 1));
    await settled();
    host.deliver(credit(1, 1));
    await settled();
    expect(host.answers).toEqual([[1, expect.stringContaining('function')]]);
    expect(log).toEqual(['cleared']);
  });

  it('is gathered for a caller who wants no stream, whichever kind it is', async () => {
    const host = new SessionHost({
      upTo,
      promised: async (last: number) => (upTo as (last: number) => unknown)(last),
      *plain(last: number) {
        yield* [last, last];
      },
    });
    for (const [i, name] of ['upTo', 'promised', 'plain'].entries()) {
      host.deliver(host.run(i + 1, name, 2));
      await settled();
    }
    expect(host.answers.map(([, what]) => what)).toEqual([
      [1, 2],
      [1, 2],
      [2, 2],
    ]);
  });

  it('gives a stream of nothing where a streamed task yields none', async () => {
    const host = new SessionHost({ echo: (input: unknown) => input });
    host.deliver(host.stream(1, 'echo', 'x'), credit(1, 4));
    await settled();
    expect(host.sent).toEqual([[WorkerKind.result, 1, 'x', 0]]);
  });
});

describe('messages to a task', () => {
  const collect: Task = async (_: unknown, { messages }) => {
    const all: unknown[] = [];
    for await (const each of messages) {
      if (each === 'end') break;
      all.push(each);
    }
    return all;
  };

  it('reach it in order, those from before its start included', async () => {
    const host = new SessionHost({
      wait: (ms: number) => new Promise((r) => setImmediate(r, ms)),
      collect,
    });
    host.deliver(host.run(1, 'wait'), host.run(2, 'collect'), message(2, 'early'));
    await settled();
    host.deliver(message(2, 'a'), message(2, 'b'), message(2, 'end'));
    await settled();
    expect(host.answers.at(-1)).toEqual([2, ['early', 'a', 'b']]);
  });

  it('are told to be taken, so that the host may send more', async () => {
    const host = new SessionHost({ collect });
    host.deliver(host.run(1, 'collect'));
    host.deliver(...Array.from({ length: INBOX_SIZE }, (_, i) => message(1, i)));
    await settled();
    const taken = host.sent.flatMap((each) => (each[0] === WorkerKind.taken ? [each[2]] : []));
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(INBOX_SIZE);
  });

  it('end when the task is cancelled', async () => {
    const host = new SessionHost({ collect });
    host.deliver(host.run(1, 'collect'), message(1, 'a'));
    await settled();
    host.deliver(cancel(1, stopped));
    await settled();
    expect(host.answers).toEqual([[1, ['a']]]);
  });

  it('to one that has ended, or never was, or takes no context, harm nobody', async () => {
    const host = new SessionHost({
      deaf: (ms: number) => new Promise((resolve) => setImmediate(resolve, ms)),
    });
    host.deliver(host.run(1, 'deaf', 5), message(1, 'x'), message(7, 'y'), credit(7, 3));
    await settled();
    host.deliver(message(1, 'late'));
    expect(host.answers).toEqual([[1, 5]]);
  });
});

describe('a task', () => {
  it('emits events of its own, in order with its progress', async () => {
    const host = new SessionHost({
      tells: (_: unknown, ctx) => {
        ctx.emit('found', { file: 'a' });
        ctx.progress(0.5);
        ctx.emit('done');
      },
    });
    host.deliver(host.run(3, 'tells'));
    expect(host.sent.slice(0, 3)).toEqual([
      [WorkerKind.emit, 3, 'found', { file: 'a' }],
      [WorkerKind.progress, 3, 0.5],
      [WorkerKind.emit, 3, 'done', undefined],
    ]);
  });

  it('knows its call', async () => {
    const host = new SessionHost({
      who: (_: unknown, ctx) => {
        const { execution, step, attempt, idempotencyKey, deadline, trace } = ctx;
        return { execution, step, attempt, idempotencyKey, deadline, trace };
      },
    });
    host.now = 100;
    const trace = { traceparent: '00-1', tracestate: 'a=b' };
    const info = {
      execution: 'e',
      step: 's',
      attempt: 2,
      idempotencyKey: 'k',
      remaining: 50,
      trace,
    };
    host.deliver(host.run(1, 'who', undefined, 0, info), host.run(2, 'who'));
    expect(host.answers).toEqual([
      [1, { execution: 'e', step: 's', attempt: 2, idempotencyKey: 'k', deadline: 150, trace }],
      [2, { attempt: 1 }],
    ]);
  });
});

describe('a host that asks', () => {
  it('for jobs back gets the last that have not started, and may run them elsewhere', async () => {
    const host = new SessionHost({ wait: () => new Promise((resolve) => setImmediate(resolve)) });
    host.deliver(...[1, 2, 3, 4].map((job) => host.run(job, 'wait')), [HostKind.revoke, 2]);
    expect(host.sent).toEqual([[WorkerKind.revoked, [3, 4]]]);
    host.deliver([HostKind.revoke, 9]);
    expect(host.sent.at(-1)).toEqual([WorkerKind.revoked, [2]]);
    await settled();
    expect(host.answers).toEqual([[1, undefined]]);
  });

  it('whether it lives is answered', () => {
    const host = new SessionHost({});
    host.deliver([HostKind.ping, 42]);
    expect(host.sent).toEqual([[WorkerKind.pong, 42]]);
  });
});

describe('a session of several tasks at a time', () => {
  it('starts as many as wait, in order, and the next when one is through', async () => {
    const open: (() => void)[] = [];
    const started: number[] = [];
    const host = new SessionHost(
      {
        wait: (job: number) => {
          started.push(job);
          return new Promise<number>((resolve) => open.push(() => resolve(job)));
        },
      },
      { concurrency: 2 },
    );
    host.deliver(...[1, 2, 3].map((job) => host.run(job, 'wait', job)));
    expect(started).toEqual([1, 2]);
    open[1]?.();
    await settled();
    expect(started).toEqual([1, 2, 3]);
    expect(host.answers).toEqual([[2, 2]]);
    open[2]?.();
    open[0]?.();
    await settled();
    expect(host.answers).toEqual([
      [2, 2],
      [3, 3],
      [1, 1],
    ]);
  });

  it('tells each task apart whether it should stop', async () => {
    const host = new SessionHost(
      {
        wait: (_: unknown, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          }),
      },
      { concurrency: 2 },
    );
    host.deliver(host.run(1, 'wait'), host.run(2, 'wait'), cancel(2, stopped));
    await settled();
    expect(host.answers).toEqual([[2, 'asked to stop']]);
  });

  it('says goodbye when all are through', async () => {
    const host = new SessionHost(
      { wait: () => new Promise((resolve) => setImmediate(resolve)) },
      { concurrency: 3 },
    );
    host.deliver(host.run(1, 'wait'), host.run(2, 'wait'), [HostKind.close, 0]);
    expect(host.closed).toBe(false);
    await settled();
    expect(host.sent.map(([kind]) => kind)).toEqual([
      WorkerKind.result,
      WorkerKind.result,
      WorkerKind.goodbye,
    ]);
    expect(host.closed).toBe(true);
  });
});

describe('what a task tells while it computes', () => {
  it('leaves at once, as long as it is little', async () => {
    const left: number[] = [];
    const host: SessionHost = new SessionHost({
      compute: (_: number, ctx) => {
        for (let i = 0; i < 3; i++) {
          ctx.progress(i);
          left.push(host.sent.length);
        }
        ctx.log.error({}, 'about to die');
        left.push(host.sent.length);
      },
    });
    host.deliver(host.run(1, 'compute'));
    expect(left).toEqual([1, 2, 3, 4]);
    await settled();
    expect(host.answers).toEqual([[1, undefined]]);
  });

  it('leaves together when it is much, in order and no later than a ms', async () => {
    const frames: number[] = [];
    const host: SessionHost = new SessionHost({
      compute: (_: number, ctx) => {
        for (let i = 0; i < 1_000; i++) {
          ctx.progress(i);
          host.now += 0.01;
        }
        frames.push(host.frames.length);
      },
    });
    host.deliver(host.run(1, 'compute'));
    const [count = 0] = frames;
    // A burst, and one for each of the ten milliseconds.
    expect(count).toBeGreaterThanOrEqual(8 + 9);
    expect(count).toBeLessThanOrEqual(8 + 11);
    await settled();
    const told = host.sent.flatMap((each) => (each[0] === WorkerKind.progress ? [each[2]] : []));
    expect(told).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  });
});
