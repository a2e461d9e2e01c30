import { describe, expect, it } from 'vitest';
import { NEVER_RAN, transfer, WorkerKind } from '../../src/ipc/index.ts';
import { TroupeError } from '../../src/model/index.ts';
import type { TaskContext } from '../../src/worker/index.ts';
import { gate } from '../support/gate.ts';
import { cancel, cancelled, close, echo, errorOf, SessionHost, turn } from './session-host.ts';

describe('a cancel', () => {
  it('aborts the task that runs, and its answer is its own', async () => {
    const host = new SessionHost({
      wait: (_: unknown, { signal }: TaskContext) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    host.deliver(host.run(1, 'wait'));
    host.deliver(cancel(1, cancelled));
    await turn();
    expect(errorOf(host, 1)).toMatchObject({
      code: 'TaskCancelled',
      message: 'asked to stop',
      details: { why: 'test' },
    });
    expect(host.answers).toHaveLength(1);
  });

  it('leaves a task alone that has no context', async () => {
    const { passed, open } = gate<string>();
    const host = new SessionHost({ wait: (_: unknown) => passed });
    host.deliver(host.run(1, 'wait'));
    host.deliver(cancel(1, cancelled));
    open('finished');
    await turn();
    expect(host.answers).toEqual([[1, 'finished']]);
  });

  it('answers a job that waits, which then never runs', () => {
    const ran: unknown[] = [];
    const host = new SessionHost({ note: (input: unknown) => ran.push(input) });
    host.deliver(host.run(1, 'note', 'a'), host.run(2, 'note', 'b'), cancel(1, cancelled));
    expect(ran).toEqual(['b']);
    expect(host.sent).toMatchObject([
      [WorkerKind.error, 1, { code: 'TaskCancelled', details: { why: 'test' } }, NEVER_RAN],
      [WorkerKind.result, 2, 1, 0],
    ]);
    expect(host.started).toBe(2);
  });

  it('is told at once to the host also while another task runs', () => {
    const host = new SessionHost({ wait: (_: unknown) => new Promise(() => {}), echo });
    host.deliver(host.run(1, 'wait'), host.run(2, 'echo'));
    host.deliver(cancel(2, cancelled));
    expect(host.answers).toEqual([[2, 'asked to stop']]);
  });

  it('of a job that was answered, or never came, does nothing', () => {
    const host = new SessionHost({ echo });
    host.deliver(host.run(1, 'echo', 'a'));
    host.deliver(cancel(1, cancelled), cancel(99, cancelled), host.run(2, 'echo', 'b'));
    expect(host.answers).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });
});

describe('what a task tells', () => {
  it('arrives in order, before its result', () => {
    const host = new SessionHost({
      chat: (_: unknown, context: TaskContext) => {
        context.progress(0.5);
        context.log.info({ n: 1 }, 'half');
        context.log.warn('a word');
        context.log.debug({ n: 2 });
        context.log.error(new RangeError('too far'));
        context.log.error(new RangeError('too far'), 'it failed');
        return 'done';
      },
    });
    host.deliver(host.run(1, 'chat'));
    const error = expect.objectContaining({ name: 'RangeError', message: 'too far' });
    expect(host.sent).toEqual([
      [WorkerKind.progress, 1, 0.5],
      [WorkerKind.log, 1, 'info', { n: 1 }, 'half'],
      [WorkerKind.log, 1, 'warn', {}, 'a word'],
      [WorkerKind.log, 1, 'debug', { n: 2 }, ''],
      [WorkerKind.log, 1, 'error', { error }, 'too far'],
      [WorkerKind.log, 1, 'error', { error }, 'it failed'],
      [WorkerKind.result, 1, 'done', 0],
    ]);
  });

  it('arrives while the task still waits', async () => {
    const host = new SessionHost({
      wait: (_: unknown, context: TaskContext) => {
        context.progress('begun');
        context.progress('still');
        return new Promise(() => {});
      },
    });
    host.deliver(host.run(1, 'wait'));
    expect(host.frames).toEqual([
      [[WorkerKind.progress, 1, 'begun']],
      [[WorkerKind.progress, 1, 'still']],
    ]);
  });

  it('arrives again after it has arrived before', async () => {
    const { passed, open } = gate<void>();
    const host = new SessionHost({
      wait: async (_: unknown, context: TaskContext) => {
        context.progress(1);
        await passed;
        context.progress(2);
        await new Promise(() => {});
      },
    });
    host.deliver(host.run(1, 'wait'));
    await turn();
    open();
    await turn();
    await turn();
    expect(host.frames).toHaveLength(2);
  });
});

describe('what a task gives', () => {
  it('is told as it was when it was given, whatever the task does to it then', () => {
    const state = { calls: 0, log: [] as string[] };
    const host = new SessionHost({
      count: (name: string) => {
        state.calls++;
        state.log.push(name);
        return state;
      },
    });
    host.deliver(host.run(1, 'count', 'a'), host.run(2, 'count', 'b'));
    expect(host.answers).toEqual([
      [1, { calls: 1, log: ['a'] }],
      [2, { calls: 2, log: ['a', 'b'] }],
    ]);
  });

  it('is told as it was when progress was made', () => {
    const host = new SessionHost({
      work: (_: unknown, context: TaskContext) => {
        const done = { files: 0 };
        for (; done.files < 2; done.files++) context.progress(done);
        return done;
      },
    });
    host.deliver(host.run(1, 'work'));
    expect(host.sent.map((message) => message[2])).toEqual([
      { files: 0 },
      { files: 1 },
      { files: 2 },
    ]);
  });

  it('leaves the task when it is to move', () => {
    const bytes = new Uint8Array(10).fill(7);
    const host = new SessionHost({ give: (_: unknown) => ({ bytes: transfer(bytes) }) });
    host.deliver(host.run(1, 'give'));
    expect(host.answers).toEqual([[1, { bytes: new Uint8Array(10).fill(7) }]]);
    expect(bytes.length).toBe(0);
  });

  it('is an error with all that belongs to it', () => {
    const host = new SessionHost({
      bad: (_: unknown) => {
        throw Object.assign(new RangeError('no'), { status: 500, at: [new Date(5)] });
      },
    });
    host.deliver(host.run(1, 'bad'));
    const error = errorOf(host, 1);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'no', status: 500, at: [new Date(5)] });
  });
});

describe('what cannot travel', () => {
  it('as an output is the error of its job, and of no other', () => {
    const host = new SessionHost({ echo, bad: (_: unknown) => ({ deep: [() => {}] }) });
    host.deliver(host.run(1, 'echo', 'a'), host.run(2, 'bad'), host.run(3, 'echo', 'c'));
    expect(host.answers).toEqual([
      [1, 'a'],
      [2, 'output.deep[0] is a function, which cannot travel between threads: send data instead'],
      [3, 'c'],
    ]);
    expect(errorOf(host, 2).code).toBe('NotSerializable');
  });

  it('as an output of the only job is told at once', () => {
    const host = new SessionHost({ bad: (_: unknown) => () => {} });
    host.deliver(host.run(1, 'bad'));
    expect(errorOf(host, 1).code).toBe('NotSerializable');
  });

  it('as details of an error is left out: the error itself is told', () => {
    const details = { callback: () => {} };
    const inner = new TroupeError('TaskTimeout', 'inner', { details });
    const outer = new TroupeError('TaskFailed', 'outer', { details, cause: inner });
    const host: SessionHost = new SessionHost({
      bad: (_: unknown) => {
        host.now += 0.5;
        throw outer;
      },
    });
    host.deliver(host.run(1, 'bad'));
    expect(host.sent).toMatchObject([[WorkerKind.error, 1, {}, 0.5]]);
    const error = errorOf(host, 1);
    expect(error).toBeInstanceOf(TroupeError);
    const left = { details: {}, notCarried: ['details.callback: a function'] };
    expect(error).toMatchObject({
      ...{ code: 'TaskFailed', message: 'outer', stack: outer.stack, ...left },
      cause: { code: 'TaskTimeout', message: 'inner', stack: inner.stack, ...left },
    });
  });

  it.each<[string, (context: TaskContext) => void]>([
    ['progress', (context) => context.progress(() => {})],
    ['a log', (context) => context.log.info({ callback: () => {} }, 'text')],
  ])('as %s becomes a warning', async (_, tell) => {
    const host = new SessionHost({
      tell: (_input: unknown, context: TaskContext) => {
        tell(context);
        return 'done';
      },
    });
    host.deliver(host.run(1, 'tell'));
    await turn();
    expect(host.sent).toMatchObject([
      [
        WorkerKind.log,
        1,
        'warn',
        { error: { code: 'NotSerializable' } },
        'what the task told could not travel',
      ],
      [WorkerKind.result, 1, 'done', 0],
    ]);
  });

  it('is answered before the goodbye', async () => {
    const host = new SessionHost({ bad: (_: unknown) => () => {} });
    host.deliver(host.run(1, 'bad'), close);
    await host.session.closed;
    expect(host.sent.map(([kind]) => kind)).toEqual([WorkerKind.error, WorkerKind.goodbye]);
  });
});
