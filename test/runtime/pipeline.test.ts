import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  constant,
  type ErrorCode,
  type ExecutionEvent,
  exponential,
  MemoryJournal,
  type Retry,
  type RuntimeEvent,
  retryBudget,
  type Schema,
  typed,
} from '../../src/index.ts';
import { listeners } from '../support/listeners.ts';
import { rejection } from '../support/rejection.ts';
import { collect, definePipeline, gate, outline, simulate } from './simulated.ts';

const double = (x: unknown) => (x as number) * 2;
const sum = (list: unknown) => (list as number[]).reduce((a, b) => a + b, 0);
const range = (n: unknown) => Array.from({ length: n as number }, (_, i) => i);

describe('an execution of a pipeline', () => {
  it('runs steps when what they need is there, and tells each event once and in order', async () => {
    const { runtime, steps } = await simulate({ range, double, sum });
    const pipeline = definePipeline({
      id: 'add-up',
      input: typed<number>(),
      steps: {
        list: { task: steps.range, input: ({ input }) => input },
        twice: { task: steps.double, needs: ['list'], each: ({ results }) => results.list },
        total: { task: steps.sum, needs: ['twice'], input: ({ results }) => results.twice },
      },
      output: ({ results, input }) => ({ input, total: results.total }),
    });
    const execution = await runtime.start(pipeline, 3);
    expect(execution.status).toBe('running');
    expect(await execution.result()).toEqual({ input: 3, total: 6 });
    expect(execution.status).toBe('completed');
    const events = await collect(execution.events());
    expect(outline(events)).toEqual([
      'execution.started',
      'step.started list',
      'step.completed list',
      'step.started twice',
      'item.completed twice[0]',
      'item.completed twice[1]',
      'item.completed twice[2]',
      'step.completed twice',
      'step.started total',
      'step.completed total',
      'execution.completed',
    ]);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
    expect(events[3]).toMatchObject({ items: 3 });
  });

  it('gives all results by step when it has no output function', async () => {
    const { runtime, steps } = await simulate({ double });
    const pipeline = definePipeline({
      id: 'p',
      input: typed<number>(),
      steps: {
        a: { task: steps.double, input: ({ input }) => input },
        b: { task: steps.double, needs: ['a'], input: ({ results }) => results.a },
      },
    });
    expect(await (await runtime.start(pipeline, 2)).result()).toEqual({ a: 4, b: 8 });
  });

  it('gives a step without input the pipeline’s, if it needs no other step, else nothing', async () => {
    const seen: unknown[] = [];
    const { runtime, steps } = await simulate({ see: (input) => seen.push(input) });
    const pipeline = definePipeline({
      id: 'p',
      steps: { first: { task: steps.see }, second: { task: steps.see, needs: ['first'] } },
    });
    await (await runtime.start(pipeline, 'hello')).result();
    expect(seen).toEqual(['hello', undefined]);
  });

  it('completes a step that fans out over nothing', async () => {
    const { runtime, steps } = await simulate({ double, sum });
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        none: { task: steps.double, each: () => [] },
        total: { task: steps.sum, needs: ['none'], input: ({ results }) => results.none },
      },
    });
    const execution = await runtime.start(pipeline, undefined);
    expect(await execution.result()).toEqual({ none: [], total: 0 });
  });

  it('keeps outputs in the order of the items, whatever finishes first', async () => {
    const gates = [gate<string>(), gate<string>()];
    const { runtime, steps } = await simulate({ wait: (i) => gates[i as number]?.passed });
    const pipeline = definePipeline({
      id: 'p',
      steps: { all: { task: steps.wait, each: () => [0, 1] } },
    });
    const execution = await runtime.start(pipeline, undefined);
    gates[1]?.open('second');
    await gates[1]?.passed;
    gates[0]?.open('first');
    expect(await execution.result()).toEqual({ all: ['first', 'second'] });
  });

  it('holds a step to its concurrency', async () => {
    let running = 0;
    let most = 0;
    const { runtime, steps } = await simulate({
      async count() {
        most = Math.max(most, ++running);
        await null;
        running--;
      },
    });
    const pipeline = definePipeline({
      id: 'p',
      steps: { all: { task: steps.count, each: () => [1, 2, 3, 4, 5, 6], concurrency: 2 } },
    });
    await (await runtime.start(pipeline, undefined)).result();
    expect(most).toBe(2);
  });

  it('lets the higher priority go first', async () => {
    const order: unknown[] = [];
    const first = gate();
    const { runtime } = await simulate(
      { note: (name) => (name === 'first' ? first.passed : order.push(name)) },
      { workers: 1 },
    );
    const running = runtime.run('steps.note', 'first');
    await new Promise(setImmediate);
    const low = runtime.run('steps.note', 'low', { priority: -1 });
    const high = runtime.run('steps.note', 'high', { priority: 1 });
    first.open();
    await Promise.all([running, low, high]);
    expect(order).toEqual(['high', 'low']);
  });
});

describe('a failing execution', () => {
  const boom = () => {
    throw new Error('boom');
  };

  it('fails with the cause, naming step and execution, and aborts what else is under way', async () => {
    let aborted: unknown;
    const { runtime, steps } = await simulate({
      boom,
      wait: (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = signal.reason;
            reject(signal.reason);
          });
        }),
    });
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        patient: { task: steps.wait },
        bad: { task: steps.boom },
        after: { task: steps.boom, needs: ['bad'] },
      },
    });
    const execution = await runtime.start(pipeline, undefined);
    const error = await rejection(execution.result(), 'TaskFailed');
    expect(error.details).toMatchObject({
      step: 'bad',
      execution: execution.id,
      task: 'steps.boom',
    });
    expect(error.cause).toMatchObject({ message: 'boom' });
    expect(aborted).toBe(error);
    expect(execution.status).toBe('failed');
    const events = outline(await collect(execution.events()));
    expect(events.slice(-2)).toEqual(['step.failed bad', 'execution.failed']);
    expect(events).not.toContain('step.started after');
  });

  it('names the item that failed', async () => {
    const { runtime, steps } = await simulate({
      odd: (x) => {
        if (x === 2) throw new Error('even');
      },
    });
    const pipeline = definePipeline({
      id: 'p',
      steps: { all: { task: steps.odd, each: () => [1, 2, 3] } },
    });
    const error = await rejection(
      (await runtime.start(pipeline, undefined)).result(),
      'TaskFailed',
    );
    expect(error.details).toMatchObject({ step: 'all', index: 1 });
  });

  it.each([
    ['input', { input: boom }],
    ['each', { each: boom }],
    ['each', { each: () => 'no array' as never }],
    ['input', { input: (async () => 1) as never }],
  ])('fails by itself when its %s function throws or gives nonsense', async (field, functions) => {
    const { runtime, steps } = await simulate({ double });
    const pipeline = definePipeline({
      id: 'p',
      steps: { only: { task: steps.double, ...functions } },
    });
    const error = await rejection(
      (await runtime.start(pipeline, undefined)).result(),
      'InvalidInput',
    );
    expect(error.message).toMatch(new RegExp(`^pipeline p, step only: ${field}`));
    expect(await runtime.run('steps.double', 2)).toBe(4);
  });

  it('fails when its output function throws', async () => {
    const { runtime, steps } = await simulate({ double });
    const pipeline = definePipeline({
      id: 'p',
      steps: { only: { task: steps.double } },
      output: boom,
    });
    const error = await rejection((await runtime.start(pipeline, 1)).result(), 'ExecutionFailed');
    expect(error.cause).toMatchObject({ message: 'boom' });
  });

  it('fails when its output function gives a promise', async () => {
    const { runtime, steps } = await simulate({ double });
    const output = () => Promise.reject(new Error('too late'));
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.double } }, output });
    const error = await rejection((await runtime.start(pipeline, 1)).result(), 'ExecutionFailed');
    expect(error.message).toContain('gave a promise');
  });

  it('is no unhandled rejection when nobody asks for its result', async () => {
    const { runtime, steps } = await simulate({ boom });
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.boom } } });
    const execution = await runtime.start(pipeline, undefined);
    const events = await collect(execution.events());
    expect(events.at(-1)?.type).toBe('execution.failed');
  });
});

describe('retry', () => {
  it('tries again after the back-off, and tells of it', async () => {
    let tries = 0;
    const { runtime, steps, clock } = await simulate({
      flaky: () => {
        if (++tries < 3) throw new Error(`try ${tries}`);
        return 'done';
      },
    });
    const retry = exponential({ attempts: 3, initial: 100, jitter: 'none' });
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.flaky, retry } } });
    const execution = await runtime.start(pipeline, undefined);
    await clock.advance(99);
    expect(tries).toBe(1);
    await clock.advance(1);
    expect(tries).toBe(2);
    await clock.advance(200);
    expect(await execution.result()).toEqual({ only: 'done' });
    const retries = (await collect(execution.events())).filter(
      ({ type }) => type === 'step.retrying',
    );
    expect(retries).toMatchObject([
      { attempt: 1, delay: 100, error: { message: 'task steps.flaky failed: try 1' } },
      { attempt: 2, delay: 200 },
    ]);
  });

  it('fails with the last error once the attempts are used up', async () => {
    let tries = 0;
    const { runtime, steps, clock } = await simulate({
      never: () => {
        throw new Error(`try ${++tries}`);
      },
    });
    const retry = constant({ attempts: 2, delay: 10 });
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.never, retry } } });
    const execution = await runtime.start(pipeline, undefined);
    const failed = rejection(execution.result(), 'TaskFailed');
    await clock.advance(10);
    expect((await failed).message).toContain('try 2');
  });

  it('does not try again what cannot be mended, nor after a cancel', async () => {
    let tries = 0;
    const { runtime, steps, clock } = await simulate({
      never: () => {
        tries++;
        throw new Error('no');
      },
    });
    const retry = constant({ attempts: 5, delay: 10 });
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.never, retry } } });
    const execution = await runtime.start(pipeline, undefined);
    await clock.advance(0);
    await execution.cancel('enough');
    await clock.advance(100);
    expect(tries).toBe(1);
    expect(clock.pending).toBe(0);
    await rejection(runtime.run('steps.missing', 1), 'TaskNotFound');
  });

  it('counts a timeout of a step as a failed try', async () => {
    const { runtime, steps, clock } = await simulate({ hang: () => new Promise(() => {}) });
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        only: { task: steps.hang, timeout: 50, retry: constant({ attempts: 2, delay: 10 }) },
      },
    });
    const execution = await runtime.start(pipeline, undefined);
    const failed = rejection(execution.result(), 'TaskTimeout');
    await clock.advance(110);
    await failed;
    expect(clock.now()).toBe(110);
  });
});

describe('the limits of a retry', () => {
  function failing(error: (tries: number) => unknown) {
    const tries = { count: 0 };
    const never = () => {
      throw error(++tries.count);
    };
    return { tries, never };
  }

  async function failAs(retry: Retry, error: (tries: number) => unknown, code: ErrorCode) {
    const { tries, never } = failing(error);
    const { runtime, steps, clock } = await simulate({ never });
    await clock.advance(10_000);
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.never, retry } } });
    const execution = await runtime.start(pipeline, undefined);
    const failed = rejection(execution.result(), code);
    await clock.advance(100_000);
    const failure = await failed;
    const delays = (await collect(execution.events())).flatMap((event) =>
      event.type === 'step.retrying' ? [event.delay] : [],
    );
    expect(clock.pending).toBe(0);
    return { tries: tries.count, delays, failure };
  }

  it('asks the predicate with the error whose cause is what the task threw', async () => {
    const retryIf = (error: unknown) => (error as Error).cause instanceof RangeError;
    const retry = constant({ attempts: 9, delay: 10, retryIf });
    const error = (tries: number) => (tries < 3 ? new RangeError('again') : new TypeError('no'));
    const { tries, failure } = await failAs(retry, error, 'TaskFailed');
    expect(tries).toBe(3);
    expect(failure.message).toContain('no');
  });

  it('fails the step, and says why, when the predicate throws', async () => {
    const retryIf = () => {
      throw new Error('defect');
    };
    const { tries, failure } = await failAs(
      constant({ retryIf }),
      () => new Error('no'),
      'InvalidOption',
    );
    expect(tries).toBe(1);
    expect(failure.message).toContain('retryIf threw: defect');
    expect(failure.details).toMatchObject({ step: 'only', field: 'retryIf' });
  });

  it('waits at least for as long as the task asks', async () => {
    const error = (tries: number) => Object.assign(new Error('busy'), { retryAfter: tries * 40 });
    const retry = constant({ attempts: 4, delay: 50 });
    expect((await failAs(retry, error, 'TaskFailed')).delays).toEqual([50, 80, 120]);
  });

  it('begins no try after maxElapsed, counted from when the first was begun', async () => {
    const retry = constant({ attempts: 99, delay: 40, maxElapsed: 100 });
    const { tries, delays } = await failAs(retry, () => new Error('no'), 'TaskFailed');
    expect([tries, delays]).toEqual([3, [40, 40]]);
  });

  it('tells the back-off the wait before', async () => {
    const delay = (_attempt: number, _random: number, previous = 5) => previous * 2;
    const { delays } = await failAs({ attempts: 4, delay }, () => new Error('no'), 'TaskFailed');
    expect(delays).toEqual([10, 20, 40]);
  });

  it('shares a budget between all steps that have it, and success refills it', async () => {
    const budget = retryBudget({ tokens: 4, tokenRatio: 1 });
    const retry = constant({ attempts: 9, delay: 10, budget });
    const { tries } = await failAs(retry, () => new Error('no'), 'TaskFailed');
    expect([tries, budget.tokens]).toEqual([2, 2]);
    const { runtime, steps } = await simulate({ double });
    const step = { task: steps.double, input: () => 1, retry };
    await (await runtime.start(definePipeline({ id: 'p', steps: { step } }), undefined)).result();
    expect(budget.tokens).toBe(3);
  });
});

describe('cancel, timeout, pause', () => {
  const wait = (_input: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });

  it('cancels: asks the tasks to stop, begins nothing, and says why', async () => {
    const { runtime, steps } = await simulate({ wait });
    const pipeline = definePipeline({
      id: 'p',
      steps: { a: { task: steps.wait }, b: { task: steps.wait, needs: ['a'] } },
    });
    const execution = await runtime.start(pipeline, undefined);
    await execution.cancel('changed my mind');
    expect(execution.status).toBe('cancelled');
    const error = await rejection(execution.result(), 'ExecutionCancelled');
    expect(error.details).toMatchObject({ reason: 'changed my mind' });
    const events = await collect(execution.events());
    expect(outline(events).slice(-2)).toEqual(['execution.cancelling', 'execution.cancelled']);
    await execution.cancel('again');
    expect(execution.status).toBe('cancelled');
  });

  it('is cancelled by its signal, and refuses one that is aborted already', async () => {
    const { runtime, steps } = await simulate({ wait });
    const pipeline = definePipeline({ id: 'p', steps: { a: { task: steps.wait } } });
    const controller = new AbortController();
    const execution = await runtime.start(pipeline, undefined, { signal: controller.signal });
    controller.abort(new Error('gone'));
    const error = await rejection(execution.result(), 'ExecutionCancelled');
    expect(error.message).toContain('gone');
    const late = runtime.start(pipeline, undefined, { signal: controller.signal });
    expect((await rejection(late, 'ExecutionCancelled')).message).toContain('gone');
  });

  it('is cancelled by its signal also for a reason that cannot be printed', async () => {
    const { runtime, steps } = await simulate({ wait });
    const control = new AbortController();
    const { signal } = control;
    const run = rejection(runtime.run(steps.wait, 0, { signal }), 'ExecutionCancelled');
    control.abort(Object.create(null));
    expect((await run).details).toMatchObject({ reason: 'a value that cannot be printed' });
    await rejection(runtime.run(steps.wait, 0, { signal }), 'ExecutionCancelled');
  });

  it('listens once to a signal, however many executions are under it, and then no more', async () => {
    const { runtime, steps } = await simulate({ wait, echo: (input) => input }, { workers: 1_001 });
    const control = new AbortController();
    const { signal } = control;
    const runs = Array.from({ length: 1_000 }, () => runtime.run(steps.wait, 0, { signal }));
    expect(await runtime.run(steps.echo, 1, { signal })).toBe(1);
    expect(listeners(signal)).toBe(1);
    control.abort();
    const ends = await Promise.allSettled(runs);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(1_000);
    expect(listeners(signal)).toBe(0);
  });

  it('leaves no listener at the signal of those who read its events', async () => {
    const open = gate();
    const { runtime, steps } = await simulate({ wait: () => open.passed });
    const pipeline = definePipeline({ id: 'p', steps: { a: { task: steps.wait } } });
    const execution = await runtime.start(pipeline, undefined);
    const { signal } = new AbortController();
    const readers = Array.from({ length: 20 }, () => collect(execution.events({ signal })));
    await new Promise(setImmediate);
    expect(listeners(signal)).toBe(1);
    open.open();
    await execution.result();
    const [first] = await Promise.all(readers);
    expect(first?.at(-1)?.type).toBe('execution.completed');
    expect(await collect(execution.events({ signal }))).toEqual(first);
    expect(listeners(signal)).toBe(0);
  });

  it('times out as a whole', async () => {
    const { runtime, steps, clock } = await simulate({ wait });
    const pipeline = definePipeline({ id: 'p', steps: { a: { task: steps.wait } } });
    const execution = await runtime.start(pipeline, undefined, { timeout: 500 });
    await clock.advance(499);
    expect(execution.status).toBe('running');
    await clock.advance(1);
    await rejection(execution.result(), 'ExecutionTimeout');
    expect(execution.status).toBe('timed_out');
  });

  it('finishes what is under way while paused, and begins the next only when resumed', async () => {
    const first = gate();
    const { runtime, steps, clock } = await simulate({
      first: () => first.passed,
      second: () => 'two',
    });
    const pipeline = definePipeline({
      id: 'p',
      steps: { a: { task: steps.first }, b: { task: steps.second, needs: ['a'] } },
    });
    const execution = await runtime.start(pipeline, undefined);
    await execution.pause();
    expect(execution.status).toBe('paused');
    first.open();
    await clock.advance(0);
    expect(execution.steps).toMatchObject([
      { name: 'a', status: 'completed' },
      { name: 'b', status: 'pending' },
    ]);
    await rejection(execution.pause(), 'InvalidState');
    await execution.resume();
    expect(await execution.result()).toMatchObject({ b: 'two' });
    await rejection(execution.resume(), 'InvalidState');
    const events = outline(await collect(execution.events()));
    expect(events).toEqual(expect.arrayContaining(['execution.paused', 'execution.resumed']));
  });

  it('completes while paused when nothing is left to begin', async () => {
    const only = gate();
    const { runtime, steps } = await simulate({ only: () => only.passed });
    const pipeline = definePipeline({ id: 'p', steps: { a: { task: steps.only } } });
    const execution = await runtime.start(pipeline, undefined);
    await execution.pause();
    only.open();
    await execution.result();
    expect(execution.status).toBe('completed');
  });
});

describe('input', () => {
  it('is checked by the pipeline’s schema, which may change it', async () => {
    const { runtime, steps } = await simulate({ double });
    const pipeline = definePipeline({
      id: 'p',
      input: z.object({ n: z.coerce.number() }),
      steps: { only: { task: steps.double, input: ({ input }) => input.n } },
      output: ({ results }) => results.only,
    });
    expect(await (await runtime.start(pipeline, { n: '21' })).result()).toBe(42);
    const throwing = definePipeline({
      id: 'q',
      input: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: () => {
            throw new Error('bad schema');
          },
        },
      } as Schema<number>,
      steps: { only: { task: steps.double } },
    });
    expect((await rejection(runtime.start(throwing, 1), 'InvalidInput')).message).toContain(
      'bad schema',
    );
    const error = await rejection(runtime.start(pipeline, { n: 'x' }), 'InvalidInput');
    expect(error.message).toMatch(/^input of pipeline p: n: /);
    expect(await runtime.query.list()).toHaveLength(1);
  });

  it.each([
    [{ priority: 2_000 }, 'priority'],
    [{ priority: Number.NaN }, 'priority'],
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: 2 ** 31 }, 'timeout'],
    [{ signal: {} as never }, 'signal'],
    [{ timeuot: 5 } as never, 'timeuot'],
    [null as never, 'options'],
  ])('refuses the start option %o', async (options, field) => {
    const { runtime } = await simulate({ double });
    const error = await rejection(runtime.run('steps.double', 1, options), 'InvalidOption');
    expect(error.details).toMatchObject({ field });
  });
});

describe('cache', () => {
  it('takes a known result in place of a run, as long as it is good', async () => {
    let runs = 0;
    const { runtime, steps, clock } = await simulate({ slow: (x) => `${x}:${++runs}` });
    const pipeline = definePipeline({
      id: 'p',
      steps: { only: { task: steps.slow, cache: { ttl: 100 } } },
    });
    const run = async (input: unknown) =>
      (await (await runtime.start(pipeline, input)).result()).only;
    expect(await run({ a: 1 })).toBe('[object Object]:1');
    expect(await run({ a: 1 })).toBe('[object Object]:1');
    expect(await run({ a: 2 })).toBe('[object Object]:2');
    await clock.advance(60);
    expect(await run({ a: 1 })).toBe('[object Object]:1');
    await clock.advance(41);
    expect(await run({ a: 1 })).toBe('[object Object]:3');
  });

  it('fails the step when its key throws', async () => {
    const { runtime, steps } = await simulate({ double });
    const key = () => {
      throw new Error('no key');
    };
    const pipeline = definePipeline({
      id: 'p',
      steps: { only: { task: steps.double, cache: { ttl: 1, key } } },
    });
    const error = await rejection((await runtime.start(pipeline, 1)).result(), 'InvalidInput');
    expect(error.message).toContain('no key');
  });
});

describe('a journal that takes its time', () => {
  class SlowJournal extends MemoryJournal {
    readonly confirm: (() => void)[] = [];

    override append(events: readonly ExecutionEvent[]): Promise<void> {
      return new Promise<void>((resolve) => {
        this.confirm.push(() => {
          super.append(events);
          resolve();
        });
      }) as never;
    }
  }

  it('is waited for before anybody is told and before the next step begins', async () => {
    const journal = new SlowJournal();
    let second = false;
    const { runtime, steps, clock } = await simulate(
      {
        one: () => 1,
        two: () => {
          second = true;
        },
      },
      { journal },
    );
    const told: RuntimeEvent[] = [];
    runtime.subscribe((event) => told.push(event));
    const pipeline = definePipeline({
      id: 'p',
      steps: { a: { task: steps.one }, b: { task: steps.two, needs: ['a'] } },
    });
    let accepted = false;
    const start = runtime.start(pipeline, undefined).then((execution) => {
      accepted = true;
      return execution;
    });
    await clock.advance(0);
    expect([accepted, told]).toEqual([false, []]);
    const confirmNext = async () => {
      journal.confirm.shift()?.();
      await clock.advance(0);
    };
    await confirmNext();
    expect(accepted).toBe(true);
    const execution = await start;
    await confirmNext();
    expect(told.map(({ type }) => type)).toEqual(['execution.started', 'step.started']);
    expect(second).toBe(false);
    while (journal.confirm.length > 0) await confirmNext();
    expect(second).toBe(true);
    expect(await execution.result()).toMatchObject({ a: 1 });
    const events = await collect(execution.events());
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
  });

  it('that refuses the acceptance refuses the start', async () => {
    const journal = new (class extends MemoryJournal {
      override append(): never {
        throw new Error('disk full');
      }
    })();
    const { runtime } = await simulate({ double }, { journal });
    await expect(runtime.run('steps.double', 1)).rejects.toThrow('disk full');
    expect(runtime.query.health().executions).toBe(0);
  });

  it('that refuses a result fails the execution, and nothing is pretended', async () => {
    let left = 2;
    const journal = new (class extends MemoryJournal {
      override append(events: readonly ExecutionEvent[]): void {
        if (left-- <= 0) throw new Error('disk full');
        super.append(events);
      }
    })();
    const { runtime } = await simulate({ double }, { journal });
    const told: string[] = [];
    runtime.subscribe(({ type }) => told.push(type));
    const error = await rejection(runtime.run('steps.double', 1), 'ExecutionFailed');
    expect(error.message).toContain('disk full');
    expect(told).toEqual(['execution.started', 'step.started']);
  });
});

describe('events', () => {
  it('end when their signal aborts, also while nothing happens, and leave nothing behind', async () => {
    const { runtime, steps, clock } = await simulate({ wait: () => new Promise(() => {}) });
    const pipeline = definePipeline({ id: 'p', steps: { only: { task: steps.wait } } });
    const execution = await runtime.start(pipeline, undefined);
    const controller = new AbortController();
    const reading = collect(execution.events({ signal: controller.signal }));
    await clock.advance(0);
    controller.abort();
    expect(outline(await reading)).toEqual(['execution.started', 'step.started only']);
    const rest = collect(execution.events({ after: 2, signal: controller.signal }));
    expect(await rest).toEqual([]);
  });
});
