import { describe, expect, it } from 'vitest';
import { constant, type ErrorCode, exponential, type Retry, retryBudget } from '../../src/index.ts';
import { rejection } from '../support/rejection.ts';
import { collect, definePipeline, simulate } from './simulated.ts';

const double = (x: unknown) => (x as number) * 2;

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

  it('fails the step, and says why, when the back-off gives no wait', async () => {
    const retry = { attempts: 3, delay: () => Number.NaN };
    const { tries, failure } = await failAs(retry, () => new Error('no'), 'InvalidOption');
    expect(tries).toBe(1);
    expect(failure.message).toContain('delay must be milliseconds from 0 to');
    expect(failure.details).toMatchObject({ step: 'only', field: 'delay' });
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
