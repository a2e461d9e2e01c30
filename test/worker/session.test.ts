import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HostMessage, RunFlag, WorkerKind } from '../../src/ipc/index.ts';
import { MAX_BATCH } from '../../src/ipc/protocol.ts';
import { MemoryWatch, type TaskContext } from '../../src/worker/index.ts';
import { gate } from '../support/gate.ts';
import {
  cancel,
  cancelled,
  close,
  echo,
  errorOf,
  SessionHost,
  type Task,
  turn,
} from './session-host.ts';
import { move, Play } from './session-play.ts';

/** What is no promise but has a `then`. */
function thenable(then: (done: (value: unknown) => void, fail: (error: Error) => void) => void) {
  return Object.defineProperty({}, 'then', { value: then });
}

describe('a job', () => {
  it('is answered with what its task gives and how long it took', () => {
    const host: SessionHost = new SessionHost({
      slow: (input: number) => {
        host.now += 0.25;
        return input + 1;
      },
    });
    host.deliver(host.run(7, 'slow', 1));
    expect(host.sent).toEqual([[WorkerKind.result, 7, 2, 0.25]]);
  });

  it('is answered with what its task throws', () => {
    const host: SessionHost = new SessionHost({
      bad: (_: unknown) => {
        host.now += 0.5;
        throw Object.assign(new RangeError('no'), { code: 'ERR' });
      },
    });
    host.deliver(host.run(7, 'bad'));
    expect(host.sent).toHaveLength(1);
    expect(host.sent[0]).toMatchObject([
      WorkerKind.error,
      7,
      { name: 'RangeError', message: 'no', code: 'ERR' },
      0.5,
    ]);
    expect(errorOf(host, 7).stack).toContain('session.test');
  });

  it.each<[string, unknown, string]>([
    ['a text', 'no', 'no'],
    ['nothing', undefined, 'undefined'],
    ['what cannot be printed', Object.create(null), 'a value that cannot be printed'],
    [
      'an error that must not be looked at',
      Object.defineProperty(new Error('no'), 'name', {
        get() {
          throw new Error('do not look');
        },
      }),
      'no',
    ],
  ])('is answered also when its task throws %s', async (_, value, message) => {
    const host = new SessionHost({
      at_once: (_input: unknown) => {
        throw value;
      },
      later: async (_input: unknown) => {
        throw value;
      },
    });
    host.deliver(host.run(1, 'at_once'), host.run(2, 'later'));
    await turn();
    expect(host.answers).toEqual([
      [1, message],
      [2, message],
    ]);
  });

  it('is marked in shared memory as started, before its task runs', () => {
    const seen: number[] = [];
    const host: SessionHost = new SessionHost({ look: (_: unknown) => seen.push(host.started) });
    host.deliver(host.run(-5, 'look'), host.run(-4, 'look'));
    expect(seen).toEqual([-5, -4]);
  });

  it('is announced before its task runs, when that is asked for', () => {
    const seen: unknown[] = [];
    const host: SessionHost = new SessionHost({ look: (_: unknown) => seen.push(host.sent) && 0 });
    host.deliver(host.run(1, 'look'), host.run(2, 'look', undefined, 1));
    expect(seen[0]).toEqual([]);
    expect(seen[1]).toEqual([
      [WorkerKind.result, 1, 0, 0],
      [WorkerKind.started, 2],
    ]);
  });

  it('has a context only when its task may take one', () => {
    const contexts: unknown[] = [];
    const note = (context: TaskContext | undefined) => contexts.push(context?.task);
    const host = new SessionHost({
      takes: (_: unknown, context: TaskContext) => note(context),
      may: (...[, context]: [unknown, TaskContext?]) => note(context),
      spared: Object.defineProperty((_: unknown, context: TaskContext) => note(context), 'length', {
        value: 1,
      }),
    });
    host.deliver(host.run(1, 'takes'), host.run(2, 'may'), host.run(3, 'spared'));
    expect(contexts).toEqual(['m.takes', 'm.may', undefined]);
  });
});

describe('an asynchronous task', () => {
  it('is answered when it settles, with the time from its start', async () => {
    const { passed, open } = gate<string>();
    const host = new SessionHost({ wait: (_: unknown) => passed });
    host.deliver(host.run(1, 'wait'));
    await turn();
    expect(host.sent).toEqual([]);
    host.now = 40;
    open('done');
    await turn();
    expect(host.sent).toEqual([[WorkerKind.result, 1, 'done', 40]]);
  });

  it('is answered when it rejects', async () => {
    const { passed, fail } = gate<never>();
    const host = new SessionHost({ wait: (_: unknown) => passed });
    host.deliver(host.run(1, 'wait'));
    host.now = 3;
    fail(new TypeError('no'));
    await turn();
    expect(host.sent).toMatchObject([
      [WorkerKind.error, 1, { name: 'TypeError', message: 'no' }, 3],
    ]);
  });

  it('keeps the next from starting until it has settled', async () => {
    const { passed, open } = gate<void>();
    const host = new SessionHost({ wait: (_: unknown) => passed, echo });
    host.deliver(host.run(1, 'wait'), host.run(2, 'echo', 'b'));
    host.deliver(host.run(3, 'echo', 'c'));
    await turn();
    expect(host.started).toBe(1);
    expect(host.answers).toEqual([]);
    open();
    await turn();
    expect(host.answers).toEqual([
      [1, undefined],
      [2, 'b'],
      [3, 'c'],
    ]);
  });

  it('does not keep back the results before it', () => {
    const host = new SessionHost({ wait: (_: unknown) => new Promise(() => {}), echo });
    host.deliver(host.run(1, 'echo', 'a'), host.run(2, 'wait'));
    expect(host.answers).toEqual([[1, 'a']]);
  });

  it('may give anything that has a then', async () => {
    const host = new SessionHost({
      resolves: (_: unknown) => thenable((done) => done('given')),
      rejects: (_: unknown) => thenable((_done, fail) => fail(cancelled)),
      throws: (_: unknown) =>
        thenable(() => {
          throw new Error('thrown in then');
        }),
      twice: (_: unknown) =>
        thenable((done) => {
          done(1);
          done(2);
        }),
      hostile: (_: unknown) =>
        Object.defineProperty({}, 'then', {
          get() {
            throw new Error('do not look');
          },
        }),
    });
    const names = ['resolves', 'rejects', 'throws', 'twice', 'hostile'];
    host.deliver(...names.map((name, i) => host.run(i + 1, name)));
    for (let i = 0; i < names.length; i++) await turn();
    expect(host.answers).toEqual([
      [1, 'given'],
      [2, 'asked to stop'],
      [3, 'thrown in then'],
      [4, 1],
      [5, 'do not look'],
    ]);
  });
});

describe('results', () => {
  it('of one turn travel in one frame', () => {
    const host = new SessionHost({ echo });
    host.deliver(...[1, 2, 3].map((job) => host.run(job, 'echo', job)));
    expect(host.frames.map((frame) => frame.length)).toEqual([3]);
  });

  it('of jobs that arrived meanwhile travel with those before them', () => {
    const host: SessionHost = new SessionHost({
      echo: (value: number) => {
        if (value === 1) host.arrive(host.run(2, 'echo', 2), host.run(3, 'echo', 3));
        return value;
      },
    });
    host.deliver(host.run(1, 'echo', 1));
    expect(host.frames.map((frame) => frame.length)).toEqual([3]);
  });

  it('leave before a task that has taken long of late, or has never run', () => {
    const sentBefore: number[] = [];
    const host: SessionHost = new SessionHost({
      echo,
      work: (ms: number) => {
        sentBefore.push(host.answers.length);
        host.now += ms;
      },
    });
    let jobs = 0;
    const play = (ms: number) => {
      const before = host.answers.length;
      host.deliver(host.run(++jobs, 'echo'), host.run(++jobs, 'work', ms));
      return (sentBefore.at(-1) as number) - before;
    };
    expect(play(0)).toBe(1);
    expect(play(0)).toBe(0);
    // Nobody could know of the first.
    expect(play(1.5)).toBe(0);
    expect(play(0)).toBe(1);
    // What took long once is short again after some runs.
    for (let runs = 0; runs < 50; runs++) play(0);
    expect(play(0)).toBe(0);
  });

  it('of jobs with a time limit do not wait for the next task', () => {
    const sentBefore: number[] = [];
    const note = (_: unknown) => sentBefore.push(host.answers.length);
    const host: SessionHost = new SessionHost({ note });
    host.deliver(host.run(1, 'note'));
    const limited = host.run(2, 'note', undefined, RunFlag.announce);
    host.deliver(limited, host.run(3, 'note'), host.run(4, 'note'));
    expect(sentBefore).toEqual([0, 1, 2, 2]);
  });

  it('see a cancel that arrived meanwhile', () => {
    const host: SessionHost = new SessionHost({
      echo: (value: number) => {
        if (value === 1) host.arrive(host.run(2, 'echo', 2), cancel(2, cancelled));
        return value;
      },
    });
    host.deliver(host.run(1, 'echo', 1));
    expect(host.answers).toEqual([
      [1, 1],
      [2, 'asked to stop'],
    ]);
  });

  it('travel as soon as a frame is full', () => {
    const host = new SessionHost({ echo });
    host.deliver(...Array.from({ length: MAX_BATCH + 1 }, (_, i) => host.run(i + 1, 'echo', i)));
    expect(host.frames.map((frame) => frame.length)).toEqual([MAX_BATCH, 1]);
  });

  const spend: (host: () => SessionHost) => Task = (host) => (ms: number) => {
    host().now += ms;
    return ms;
  };

  it('wait no longer than a millisecond of work for those behind them', async () => {
    const host: SessionHost = new SessionHost({ spend: spend(() => host) });
    host.deliver(...[0.4, 0.4, 0.4, 0.4].map((ms, i) => host.run(i + 1, 'spend', ms)));
    expect(host.answers.map(([job]) => job)).toEqual([1, 2, 3]);
    expect(host.started).toBe(3);
    await turn();
    expect(host.answers.map(([job]) => job)).toEqual([1, 2, 3, 4]);
  });

  it('let the event loop turn between tasks that take long', async () => {
    const host: SessionHost = new SessionHost({ spend: spend(() => host) });
    host.deliver(host.run(1, 'spend', 5), host.run(2, 'spend', 5), host.run(3, 'spend', 5));
    expect(host.answers.map(([job]) => job)).toEqual([1]);
    // Between two turns messages can come: a job is cancelled, and another is sent.
    host.deliver(cancel(2, cancelled), host.run(4, 'spend', 5));
    expect(host.answers).toEqual([
      [1, 5],
      [2, 'asked to stop'],
    ]);
    await turn();
    await turn();
    expect(host.answers.slice(2)).toEqual([
      [3, 5],
      [4, 5],
    ]);
  });

  it('after a task that awaits begin a new measure, once its turn is over', async () => {
    const { passed, open } = gate<void>();
    const host: SessionHost = new SessionHost({
      wait: (_: unknown) => passed,
      spend: spend(() => host),
    });
    host.deliver(host.run(1, 'wait'), host.run(2, 'spend', 5), host.run(3, 'spend', 5));
    host.now = 50;
    open();
    await turn();
    await turn();
    await turn();
    expect(host.answers.map(([job]) => job)).toEqual([1, 2, 3]);
  });
});

describe('a close', () => {
  it('is answered with a goodbye, the last of all', async () => {
    const host = new SessionHost({ echo });
    host.deliver(host.run(1, 'echo', 'a'), close);
    await host.session.closed;
    expect(host.sent).toEqual([[WorkerKind.result, 1, 'a', 0], [WorkerKind.goodbye]]);
    expect(host.closed).toBe(true);
  });

  it('of a session that has nothing to do takes effect at once', () => {
    const host = new SessionHost({ echo });
    host.deliver(close);
    expect(host.sent).toEqual([[WorkerKind.goodbye]]);
    expect(host.closed).toBe(true);
  });

  it('waits for the task that runs and for those that wait', async () => {
    const { passed, open } = gate<string>();
    const host = new SessionHost({ wait: (_: unknown) => passed, echo });
    host.deliver(host.run(1, 'wait'), close, host.run(2, 'echo', 'b'));
    await turn();
    expect(host.closed).toBe(false);
    open('a');
    await host.session.closed;
    expect(host.answers).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    expect(host.sent.at(-1)).toEqual([WorkerKind.goodbye]);
  });
});

describe('a host that breaks the protocol', () => {
  it('is not served any more: the session dies of it', () => {
    const host = new SessionHost({ echo });
    expect(() => host.deliver([99] as unknown as HostMessage)).toThrow('unknown message kind 99');
    const error = new Error('no frame');
    expect(() => host.breakLine(error)).toThrow(error);
  });
});

describe('a session', () => {
  it('tells of its memory while there is always more to do', () => {
    const memory = new MemoryWatch({ heap: 1 }, () => ({ used_heap_size: 2, external_memory: 0 }));
    const host: SessionHost = new SessionHost(
      {
        slow: (input: number) => {
          host.now += 5;
          return input;
        },
      },
      { memory },
    );
    host.deliver(host.run(1, 'slow', 1), host.run(2, 'slow', 2));
    expect(host.sent).toEqual([
      [WorkerKind.result, 1, 1, 5],
      [WorkerKind.memory, 2, 0],
    ]);
  });

  it('answers each job once and right, runs them in order, whatever comes when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 25 }), async (moves) => {
        const play = new Play();
        await play.play(moves);
        expect(play.ran).toEqual([...play.ran].sort((a, b) => a - b));
        expect(play.answers).toEqual(play.expectedAnswers);
        const kinds = play.host.sent.map(([kind]) => kind);
        expect(kinds.indexOf(WorkerKind.goodbye)).toBe(kinds.length - 1);
      }),
      { numRuns: 150 },
    );
  });
});
