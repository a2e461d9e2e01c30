import { describe, expect, it } from 'vitest';
import { gate } from '../support/gate.ts';
import { listeners } from '../support/listeners.ts';
import { rejection } from '../support/rejection.ts';
import { collect, definePipeline, outline, simulate } from './simulated.ts';

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
