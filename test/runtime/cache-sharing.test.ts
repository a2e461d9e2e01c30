import { describe, expect, it } from 'vitest';
import { constant, retryBudget } from '../../src/index.ts';
import { rejection } from '../support/rejection.ts';
import { cache, counting } from './counting.ts';
import { definePipeline } from './simulated.ts';

describe('equal runs at the same time', () => {
  it('run the task once, and say so', async () => {
    const { runtime, steps, open, settle, completed } = await counting();
    const all = [1, 2, 3].map(() => runtime.run(steps.wait, 1, { cache }));
    await settle();
    open[0]?.open('done');
    expect(await Promise.all(all)).toEqual(['done', 'done', 'done']);
    expect(open).toHaveLength(1);
    expect(completed().map(({ coalesced }) => coalesced)).toEqual([undefined, true, true]);
    expect(runtime.cache.stats()).toMatchObject({ misses: 1, coalesced: 2, hits: 0 });
  });

  it('go on when the one that began it is cancelled, which ends at once', async () => {
    const { runtime, steps, open, aborted, settle } = await counting();
    const controller = new AbortController();
    const first = runtime.run(steps.wait, 1, { cache, signal: controller.signal });
    const second = runtime.run(steps.wait, 1, { cache });
    await settle();
    controller.abort(new Error('enough'));
    await rejection(first, 'ExecutionCancelled');
    expect(aborted).toEqual([]);
    open[0]?.open('done');
    expect(await second).toBe('done');
    expect(open).toHaveLength(1);
  });

  it('go on when one of them runs out of time', async () => {
    const { runtime, steps, open, clock } = await counting();
    const first = runtime.run(steps.wait, 1, { cache, timeout: 10 });
    const second = runtime.run(steps.wait, 1, { cache });
    const late = rejection(first, 'ExecutionTimeout');
    await clock.advance(10);
    await late;
    open[0]?.open('done');
    expect(await second).toBe('done');
  });

  it('end with the last that is cancelled', async () => {
    const { runtime, steps, open, aborted, settle } = await counting();
    const controller = new AbortController();
    const options = { cache, signal: controller.signal };
    const all = [1, 2].map(() => runtime.run(steps.wait, 1, options));
    await settle();
    controller.abort(new Error('enough'));
    for (const each of all) await rejection(each, 'ExecutionCancelled');
    expect(aborted).toEqual([0]);
    const again = runtime.run(steps.wait, 1, { cache });
    await settle();
    open[1]?.open('again');
    expect(await again).toBe('again');
  });

  it('fail of one failure, each with its own place in it', async () => {
    const { runtime, steps, open, settle, told } = await counting();
    const all = [1, 2].map(() => runtime.run(steps.wait, 1, { cache }));
    await settle();
    const failed = all.map((each) => rejection(each, 'TaskFailed'));
    open[0]?.fail(new Error('no'));
    const [one, other] = await Promise.all(failed);
    expect(one?.cause).toBe(other?.cause);
    expect(one?.details.execution).not.toBe(other?.details.execution);
    expect(told.filter(({ type }) => type === 'step.failed')).toHaveLength(2);
    expect(runtime.cache.stats().entries).toBe(0);
  });

  it('keep what a paused execution waits for, which goes on with it', async () => {
    const { runtime, steps, open, settle } = await counting();
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        first: { task: steps.wait, input: () => 1, cache },
        second: { task: steps.count, needs: ['first'], input: () => 2 },
      },
    });
    const [one, other] = [await runtime.start(pipeline, 0), await runtime.start(pipeline, 0)];
    await settle();
    await other.pause();
    open[0]?.open('done');
    await one.result();
    expect(other.steps.map(({ status }) => status)).toEqual(['completed', 'pending']);
    await other.resume();
    expect((await other.result()).first).toBe('done');
  });
});

describe('a cache and a retry', () => {
  const retrying = (delay: number, budget = retryBudget({ tokens: 10 })) =>
    constant({ attempts: 3, delay, budget });

  it('let each execution try again as it would by itself, and share the tries that meet', async () => {
    const { runtime, steps, open, clock, told } = await counting();
    const pipelineOf = (id: string, delay: number) =>
      definePipeline({
        id,
        steps: { only: { task: steps.wait, input: () => 1, cache, retry: retrying(delay) } },
      });
    const [soon, late] = [pipelineOf('soon', 10), pipelineOf('late', 20)];
    const executions = [await runtime.start(soon, 0), await runtime.start(late, 0)];
    await clock.advance(0);
    open[0]?.fail(new Error('no'));
    await clock.advance(20);
    expect(told.filter(({ type }) => type === 'step.retrying')).toHaveLength(2);
    expect(open).toHaveLength(2);
    open[1]?.open('done');
    for (const each of executions) expect(await each.result()).toEqual({ only: 'done' });
  });

  it('find on the next try what another execution has got meanwhile', async () => {
    const { runtime, steps, open, clock, completed } = await counting();
    const pipeline = definePipeline({
      id: 'p',
      steps: { only: { task: steps.wait, input: () => 1, cache, retry: retrying(50) } },
    });
    const execution = await runtime.start(pipeline, 0);
    await clock.advance(0);
    open[0]?.fail(new Error('no'));
    await clock.advance(10);
    const other = runtime.run(steps.wait, 1, { cache });
    await clock.advance(0);
    open[1]?.open('done');
    expect(await other).toBe('done');
    await clock.advance(40);
    expect(await execution.result()).toEqual({ only: 'done' });
    expect(completed().map(({ cached }) => cached)).toEqual([undefined, true]);
  });

  it('count an attempt once in the budget, however many share it, and a known result not at all', async () => {
    const { runtime, steps, open, clock } = await counting();
    const budget = retryBudget({ tokens: 10, tokenRatio: 1 });
    const pipeline = definePipeline({
      id: 'p',
      steps: { only: { task: steps.wait, input: () => 1, cache, retry: retrying(10, budget) } },
    });
    const start = () => runtime.start(pipeline, 0);
    const executions = [await start(), await start(), await start()];
    for (const tokens of [9, 8]) {
      await clock.advance(10);
      open.at(-1)?.fail(new Error('no'));
      await clock.advance(0);
      expect(budget.tokens).toBe(tokens);
    }
    await clock.advance(10);
    open.at(-1)?.open('done');
    await Promise.all(executions.map((each) => each.result()));
    expect(budget.tokens).toBe(9);
    await (await start()).result();
    expect(budget.tokens).toBe(9);
    expect(open).toHaveLength(3);
  });
});

describe('a cache and a breaker', () => {
  it('let the breaker see each attempt once, and no known result', async () => {
    const { runtime, steps, open, settle } = await counting();
    const breaker = await runtime.attachBreaker(steps.wait);
    const all = [1, 2].map(() => runtime.run(steps.wait, 1, { cache }));
    await settle();
    open[0]?.open('done');
    await Promise.all(all);
    await runtime.run(steps.wait, 1, { cache });
    expect(breaker.metrics()).toMatchObject({ calls: 1, failures: 0, cancelled: 0 });
  });
});
