import { describe, expect, it } from 'vitest';
import { TroupeError, taskReference } from '../../src/model/index.ts';
import type { Dispatcher, Job } from '../../src/ports/index.ts';
import { Executors } from '../../src/runtime/executors.ts';
import {
  type Executor,
  type ExecutorContext,
  OwnExecutor,
} from '../../src/runtime/own-executor.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

const GRACE = 100;

interface Told {
  readonly how: 'succeeded' | 'failed' | 'progressed' | 'emitted' | 'yielded';
  readonly what: unknown;
}

/** An executor of the embedder's, on a clock in the test's hand, and what its jobs are told. */
function stage(run: Executor['run'], declared = 0) {
  const clock = new VirtualClock();
  const { logger, lines } = recordingLogger();
  const options = { name: 'lambda', executor: { run }, timeoutOf: () => declared, grace: GRACE };
  const own = new OwnExecutor({ ...options, clock, logger });
  const told: Told[] = [];
  const make = (traits: Partial<Job> = {}): Job => ({
    task: taskReference('m', 'work'),
    input: 'in',
    priority: 0,
    executionId: 'e1',
    ticket: undefined,
    timeout: 0,
    succeeded: (what) => void told.push({ how: 'succeeded', what }),
    failed: (what) => void told.push({ how: 'failed', what }),
    progressed: (what) => void told.push({ how: 'progressed', what }),
    emitted: (name, value) => void told.push({ how: 'emitted', what: [name, value] }),
    yielded: (what) => void told.push({ how: 'yielded', what }),
    ...traits,
  });
  const give = (traits: Partial<Job> = {}) => {
    const job = make(traits);
    own.dispatch(job);
    return job;
  };
  const settle = () => clock.advance(0);
  const codes = () =>
    told.flatMap(({ how, what }) => (how === 'failed' ? [(what as TroupeError).code] : []));
  return { own, clock, told, lines, make, give, settle, codes };
}

/** Heeds its signal, or not. */
const waits: Executor['run'] = (_task, _input, { signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
const forever: Executor['run'] = () => new Promise(() => {});
const enough = new TroupeError('TaskCancelled', 'enough');

describe('an executor of one’s own', () => {
  it.each<[string, Executor['run']]>([
    ['at once', (task, input) => [task.id, input]],
    ['later', async (task, input) => [task.id, input]],
  ])('gives its output: %s', async (_, run) => {
    const { give, settle, told } = stage(run);
    give();
    expect(told).toEqual([]);
    await settle();
    expect(told).toEqual([{ how: 'succeeded', what: ['m.work', 'in'] }]);
  });

  it.each<[string, Executor['run']]>([
    [
      'throws',
      () => {
        throw new RangeError('no');
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('no'))],
  ])('makes an attempt fail when it %s', async (_, run) => {
    const { give, settle, told } = stage(run);
    give();
    await settle();
    const error = told[0]?.what as TroupeError;
    expect(error).toMatchObject({ code: 'TaskFailed', message: 'task m.work failed: no' });
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.details).toEqual({ task: 'm.work', executor: 'lambda' });
  });

  it('is told of the call', async () => {
    let seen: ExecutorContext | undefined;
    const { give, settle, lines, told } = stage((_task, _input, context) => {
      seen = context;
      context.progress(0.5);
      context.emit('found', 1);
      context.log.info({ size: 3 }, 'looking');
    });
    const trace = { traceparent: 'x' };
    const info = { execution: 'e1', step: 's', attempt: 2, idempotencyKey: 'k', trace };
    give({ info: { ...info, remaining: 60_000 } });
    await settle();
    expect(seen).toMatchObject(info);
    expect(seen?.deadline).toBeGreaterThan(performance.now());
    expect(seen?.signal.aborted).toBe(false);
    expect(told.map(({ how }) => how)).toEqual(['progressed', 'emitted', 'succeeded']);
    expect(lines).toEqual([
      {
        level: 'info',
        fields: { executor: 'lambda', task: 'm.work', execution: 'e1', size: 3 },
        message: 'looking',
      },
    ]);
  });

  it.each([
    ['of the call', { timeout: 30 }, 0],
    ['that the task declares', {}, 30],
  ])(
    'is limited by the timeout %s: its signal aborts, and the caller is told on time',
    async (_, traits, declared) => {
      let signal: AbortSignal | undefined;
      const { give, clock, codes } = stage((_task, _input, context) => {
        signal = context.signal;
        return new Promise(() => {});
      }, declared);
      give(traits);
      await clock.advance(29);
      expect(codes()).toEqual([]);
      await clock.advance(1);
      expect(codes()).toEqual(['TaskTimeout']);
      expect(signal?.reason).toMatchObject({ code: 'TaskTimeout' });
    },
  );

  it('tells nothing more once it has been answered for', async () => {
    const { give, clock, told } = stage(async (_task, _input, context) => {
      await new Promise<void>((resolve) => {
        context.signal.addEventListener('abort', () => resolve());
      });
      context.progress('late');
      context.emit('late');
      return 'late';
    });
    give({ timeout: 10 });
    await clock.advance(10);
    expect(told.map(({ how }) => how)).toEqual(['failed']);
  });

  it('ends a cancelled task when it stops, with what it was cancelled for', async () => {
    const { own, give, settle, told } = stage(waits);
    const job = give();
    await settle();
    own.cancel(job, enough);
    expect(told).toEqual([]);
    await settle();
    expect(told).toEqual([{ how: 'failed', what: enough }]);
  });

  it('gives up a cancelled task that does not stop within its grace', async () => {
    const { own, give, clock, told } = stage(forever);
    const job = give();
    await clock.advance(0);
    own.cancel(job, enough);
    own.cancel(job, new TroupeError('TaskCancelled', 'again'));
    await clock.advance(GRACE - 1);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([{ how: 'failed', what: enough }]);
  });

  it('does not begin what was given up before', async () => {
    const begun: unknown[] = [];
    const { own, give, settle, codes } = stage((_task, input) => begun.push(input));
    give();
    own.close(new TroupeError('RuntimeClosed', 'closed'));
    await settle();
    expect(begun).toEqual([]);
    expect(codes()).toEqual(['RuntimeClosed']);
  });

  it('fails what runs when it is closed, and takes no more', async () => {
    const { own, give, settle, codes } = stage(waits);
    give();
    await settle();
    own.close(new TroupeError('RuntimeClosed', 'closed'));
    give();
    await settle();
    expect(codes()).toEqual(['RuntimeClosed', 'RuntimeClosed']);
  });

  it('streams what a generator yields, as far as there is credit', async () => {
    let ended = false;
    const { own, give, settle, told } = stage(async function* () {
      try {
        for (let i = 1; i <= 9; i++) yield i;
      } finally {
        ended = true;
      }
    });
    const job = give({ isStream: true });
    own.credit(job, 2);
    await settle();
    expect(told.map(({ what }) => what)).toEqual([1, 2]);
    own.credit(job, 1);
    await settle();
    expect(told.map(({ what }) => what)).toEqual([1, 2, 3]);
    own.cancel(job, enough);
    await settle();
    expect(ended).toBe(true);
    expect(told.at(-1)).toEqual({ how: 'failed', what: enough });
  });

  it('gives all that a generator yields where nobody reads a stream', async () => {
    const { give, settle, told } = stage(function* () {
      yield 1;
      yield 2;
    });
    give();
    await settle();
    expect(told).toEqual([{ how: 'succeeded', what: [1, 2] }]);
  });

  it('takes no messages', async () => {
    const { own, give } = stage(waits);
    const error = await rejection(own.message(give()), 'InvalidState');
    expect(error.details).toEqual({ task: 'm.work', executor: 'lambda' });
  });
});

describe('Executors', () => {
  const waiting = (...priorities: number[]) => ({
    dispatch: () => {},
    cancel: () => {},
    waiting: () => priorities.map((priority) => ({ priority }) as Job),
  });

  it('tells of what waits anywhere, the lowest priority first', () => {
    const others = new Map<string, Dispatcher>([
      ['a', waiting(1, 5)],
      ['b', { dispatch: () => {}, cancel: () => {} }],
      ['c', waiting()],
    ]);
    const executors = new Executors(waiting(0, 2, 9), others);
    expect([...executors.waiting()].map(({ priority }) => priority)).toEqual([0, 1, 2, 5, 9]);
  });

  it('fails a job whose executor there is not', () => {
    const { make, codes } = stage(forever);
    new Executors(waiting(), new Map()).dispatch(make({ executor: 'gpu' }));
    expect(codes()).toEqual(['ExecutorNotFound']);
  });

  it('leaves everything about a job to the executor that has it', async () => {
    const calls: unknown[] = [];
    const spy = (name: string) => ({
      dispatch: () => void calls.push([name, 'dispatch']),
      cancel: () => void calls.push([name, 'cancel']),
      message: async () => void calls.push([name, 'message']),
      credit: () => void calls.push([name, 'credit']),
    });
    const executors = new Executors(spy('main'), new Map([['a', spy('a')]]));
    const { make } = stage(forever);
    for (const job of [make(), make({ executor: 'a' })]) {
      executors.dispatch(job);
      executors.cancel(job, enough);
      await executors.message(job, 1);
      executors.credit(job, 1);
    }
    const all = ['dispatch', 'cancel', 'message', 'credit'];
    expect(calls).toEqual([
      ...all.map((what) => ['main', what]),
      ...all.map((what) => ['a', what]),
    ]);
  });
});
