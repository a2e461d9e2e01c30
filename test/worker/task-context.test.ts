import { describe, expect, it } from 'vitest';
import { SharedSlot, sharedSlots } from '../../src/ipc/index.ts';
import { type CallInfo, TroupeError } from '../../src/model/index.ts';
import { RunningTask } from '../../src/worker/task-context.ts';
import { thrown } from '../support/thrown.ts';

const JOB = 7;

function running(info?: CallInfo) {
  const told: unknown[] = [];
  const shared = sharedSlots(1);
  const host = {
    shared,
    progress: (...given: unknown[]) => void told.push(['progress', ...given]),
    emit: (...given: unknown[]) => void told.push(['emit', ...given]),
    taken: (...given: unknown[]) => void told.push(['taken', ...given]),
    log: (...given: unknown[]) => void told.push(['log', ...given]),
  };
  return { context: new RunningTask('files.hash', JOB, host, 100, info), shared, told };
}

const reason = new TroupeError('TaskTimeout', 'late');

describe('a context', () => {
  it('knows its task', () => {
    expect(running().context.task).toBe('files.hash');
  });

  it('tells its host of progress', () => {
    const { context, told } = running();
    context.progress(0.5);
    context.progress({ done: 1 });
    expect(told).toEqual([
      ['progress', JOB, 0.5],
      ['progress', JOB, { done: 1 }],
    ]);
  });

  it.each(['debug', 'info', 'warn', 'error'] as const)(
    'tells its host of what it logs at %s',
    (level) => {
      const { context, told } = running();
      context.log[level]({ n: 1 }, 'text');
      expect(told).toEqual([['log', JOB, level, { n: 1 }, 'text']]);
      expect(context.log).toBe(context.log);
    },
  );
});

describe('a context that is not cancelled', () => {
  it('lets its task go on', () => {
    const { context } = running();
    expect(context.cancelled).toBe(false);
    expect(context.signal.aborted).toBe(false);
    expect(context.signal).toBe(context.signal);
    expect(() => context.throwIfCancelled()).not.toThrow();
  });

  it('is not concerned when another job is asked to stop', () => {
    const { context, shared } = running();
    shared.store(SharedSlot.cancelled, JOB + 1);
    expect(context.cancelled).toBe(false);
  });
});

describe('a context that is aborted', () => {
  it('says so, and why', () => {
    const { context } = running();
    const { signal } = context;
    const heard: unknown[] = [];
    signal.addEventListener('abort', () => heard.push(signal.reason));
    context.abort(reason);
    expect(heard).toEqual([reason]);
    expect(context.cancelled).toBe(true);
    expect(thrown(() => context.throwIfCancelled(), 'TaskTimeout')).toBe(reason);
  });

  it('says so also to who asks for its signal only then', () => {
    const { context } = running();
    context.abort(reason);
    expect(context.signal.aborted).toBe(true);
    expect(context.signal.reason).toBe(reason);
    expect(context.signal).toBe(context.signal);
  });
});

describe('a context whose job is asked to stop by shared memory', () => {
  it('says so before any message can come', () => {
    const { context, shared } = running();
    shared.store(SharedSlot.cancelled, JOB);
    expect(context.cancelled).toBe(true);
    const error = thrown(() => context.throwIfCancelled(), 'TaskCancelled');
    expect(error.message).toBe('task files.hash was asked to stop');
  });

  it('goes on when that is taken back', () => {
    const { context, shared } = running();
    shared.store(SharedSlot.cancelled, JOB);
    shared.store(SharedSlot.cancelled, 0);
    expect(context.cancelled).toBe(false);
  });
});
