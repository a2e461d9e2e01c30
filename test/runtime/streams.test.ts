import { describe, expect, it } from 'vitest';
import { createRuntime, definePipeline, type Runtime, taskModule } from '../../src/index.ts';
import { gate } from '../support/gate.ts';
import { rejection } from '../support/rejection.ts';
import { simulate } from './simulated.ts';

/** What passes between a caller and a running task, on real threads. */

const streams = taskModule<typeof import('./fixtures/streams.ts')>(
  'streams',
  new URL('./fixtures/streams.ts', import.meta.url),
);

function open(): Promise<Runtime> {
  // Two at a time: one can be asked what another has come to.
  return createRuntime({ tasks: [streams], threads: 1, concurrency: 2 });
}

async function all<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const piece of pieces) read.push(piece);
  return read;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('a streamed task', () => {
  it('gives what it yields, in order, and in the end what it returns', async () => {
    await using runtime = await open();
    const stream = await runtime.stream(streams.count, 1_000);
    expect(await all(stream)).toEqual(numbers(1_000));
    expect(await stream.execution.result()).toBe('counted');
    expect(await all(await runtime.stream(streams.plain, 3, { ahead: 1 }))).toEqual([1, 2, 3]);
    expect(await all(await runtime.stream('streams.plain', 2))).toEqual([1, 2]);
  });

  it('is no further ahead of its reader than it may be', async () => {
    await using runtime = await open();
    const stream = await runtime.stream(streams.count, 1_000_000, { ahead: 4 });
    for (let read = 1; read <= 20; read++) {
      expect(await stream.next()).toEqual({ done: false, value: read });
      const { yielded } = await runtime.run(streams.seen);
      // The one at whose `yield` it waits comes on top.
      expect(yielded).toBeLessThanOrEqual(read + 4 + 1);
    }
    await stream.return();
  });

  it('ends when its reader leaves, its finally included', async () => {
    await using runtime = await open();
    const { ended } = await runtime.run(streams.seen);
    const stream = await runtime.stream(streams.count, 1_000_000);
    for await (const piece of stream) if (piece === 5) break;
    expect(stream.execution.status).toBe('cancelled');
    expect(await runtime.run(streams.seen)).toMatchObject({ ended: ended + 1 });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('is over at once for a reader that reads ahead and leaves', async () => {
    await using runtime = await open();
    const stream = await runtime.stream(streams.echo);
    const waiting = [stream.next(), stream.next()];
    const left = stream.return();
    expect(await Promise.all([...waiting, stream.next(), left])).toEqual(
      Array.from({ length: 4 }, () => ({ done: true, value: undefined })),
    );
    expect(stream.execution.status).toBe('cancelled');
  });

  it('fails at its reader, after the pieces before, and once', async () => {
    await using runtime = await open();
    const stream = await runtime.stream(streams.breaksAt, 2, { ahead: 1 });
    expect([await stream.next(), await stream.next()]).toMatchObject([{ value: 1 }, { value: 2 }]);
    const error = await rejection(stream.next(), 'TaskFailed');
    expect(error.cause).toMatchObject({ message: 'broken' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('answers those who ask before it has anything, in their order', async () => {
    await using runtime = await open();
    const stream = await runtime.stream(streams.count, 2);
    const results = await Promise.all([stream.next(), stream.next(), stream.next()]);
    expect(results.map(({ value }) => value)).toEqual([1, 2, undefined]);
  });

  it('yields nothing where it is no generator', async () => {
    await using runtime = await open();
    const stream = await runtime.stream('streams.square', 3);
    expect(await all(stream)).toEqual([]);
    expect(await stream.execution.result()).toBe(9);
  });

  it('is cancelled by a signal, and tells its reader', async () => {
    await using runtime = await open();
    const controller = new AbortController();
    const stream = await runtime.stream(streams.count, 1_000_000, { signal: controller.signal });
    await stream.next();
    controller.abort(new Error('enough'));
    await rejection(all(stream), 'ExecutionCancelled');
  });

  it('refuses options that make no sense', async () => {
    await using runtime = await open();
    await rejection(runtime.stream(streams.count, 1, { ahead: 0 }), 'InvalidOption');
    await rejection(runtime.stream(streams.count, 1, null as never), 'InvalidOption');
    await rejection(runtime.stream('streams.none', 1), 'TaskNotFound');
  });
});

describe('messages to a running task', () => {
  it('reach it in order, and what it makes of them comes back', async () => {
    await using runtime = await open();
    const stream = await runtime.stream(streams.echo);
    const said = numbers(200).map((value) => ({ value }));
    const heard = all(stream);
    for (const message of said) await stream.send(message);
    await stream.send('enough');
    expect(await heard).toEqual(said);
  });

  it('reach a step of an execution', async () => {
    await using runtime = await open();
    const adds = definePipeline({
      id: 'adds',
      steps: { sum: { task: streams.sum } },
      output: ({ results }) => results.sum,
    });
    const execution = await runtime.start(adds);
    for (const number of [1, 2, 3]) await execution.send('sum', number);
    await rejection(execution.send('other', 1), 'InvalidOption');
    await execution.send('sum', 'done');
    expect(await execution.result()).toBe(6);
    const error = await rejection(execution.send('sum', 4), 'InvalidState');
    expect(error.details).toMatchObject({ step: 'sum', execution: execution.id });
  });

  it('wait for room at a task that does not read, and are refused at its end', async () => {
    await using runtime = await open();
    const stream = await runtime.stream('streams.deaf');
    const outcomes: string[] = [];
    // More than any inbox holds.
    const sends = numbers(100).map((message) =>
      stream.send(message).then(
        () => outcomes.push('sent'),
        (error) => outcomes.push(error.code),
      ),
    );
    await runtime.run(streams.seen);
    await stream.return();
    await Promise.all(sends);
    const count = (outcome: string) => outcomes.filter((each) => each === outcome).length;
    expect(count('sent')).toBeGreaterThan(0);
    expect(count('InvalidState')).toBe(100 - count('sent'));
    expect(count('InvalidState')).toBeGreaterThan(0);
  });

  it('that cannot travel are refused, and harm nobody', async () => {
    await using runtime = await open();
    const stream = await runtime.stream(streams.echo);
    const error = await rejection(stream.send({ at: [() => {}] }), 'NotSerializable');
    expect(error.message).toContain('at[0]');
    await stream.send('next');
    expect(await stream.next()).toMatchObject({ value: 'next' });
    await stream.return();
  });

  it('are refused by a task that has no second parameter', async () => {
    await using runtime = await open();
    const stream = await runtime.stream(streams.count, 1_000);
    await stream.next();
    const error = await rejection(stream.send('lost'), 'InvalidState');
    expect(error.message).toContain('takes no messages: it has no second parameter');
    expect(await stream.next()).toEqual({ done: false, value: 2 });
    await stream.return();
  });

  it('are refused by such a task also while it waits for its first worker', async () => {
    await using runtime = await open();
    const stream = await runtime.stream(streams.count, 1_000, { executor: 'process' });
    await rejection(stream.send('lost'), 'InvalidState');
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await stream.return();
  });

  it('are refused where nobody could take them', async () => {
    const waiting = gate();
    const { runtime, steps } = await simulate({ wait: () => waiting.passed });
    const waits = definePipeline({ id: 'waits', steps: { only: { task: steps.wait } } });
    const execution = await runtime.start(waits);
    const error = await rejection(execution.send('only', 1), 'InvalidState');
    expect(error.message).toContain('takes no messages');
    waiting.open();
    await execution.result();
    await runtime.shutdown();
  });

  it('are not for steps with a cache, whose attempts may be shared', async () => {
    await using runtime = await open();
    const cached = definePipeline({
      id: 'cached',
      steps: { sum: { task: streams.sum, cache: { ttl: 1_000 } } },
      output: ({ results }) => results.sum,
    });
    const execution = await runtime.start(cached);
    await rejection(execution.send('sum', 1), 'InvalidState');
    await execution.cancel();
  });
});
