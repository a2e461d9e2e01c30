import { describe, expect, it } from 'vitest';
import { createRuntime, taskModule } from '../../src/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

/** What is heard of tasks that never give their thread back, on real threads and processes. */

const tasks = taskModule<typeof import('./fixtures/telling.ts')>(
  'tasks',
  new URL('./fixtures/telling.ts', import.meta.url),
);

async function open() {
  const { logger, lines } = recordingLogger();
  const runtime = await createRuntime({ tasks: [tasks], threads: 1, grace: 20, logger });
  const progress: unknown[] = [];
  runtime.subscribe((event) => {
    if (event.type === 'task.progress') progress.push(event.value);
  });
  const logged = (message: string) => lines.filter((line) => line.message === message);
  return {
    runtime,
    progress,
    logged,
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  };
}

describe.each(['thread', 'process'] as const)('what a task tells: %s', (executor) => {
  it('is heard while it computes', async () => {
    await using scene = await open();
    const { runtime, progress, logged } = scene;
    const caller = new AbortController();
    const heard = new Promise<void>((resolve) => {
      runtime.subscribe((event) => {
        if (event.type === 'task.progress') resolve();
      });
    });
    const run = runtime.run(tasks.stuck, undefined, { executor, signal: caller.signal });
    const stopped = rejection(run, 'ExecutionCancelled');
    await heard;
    caller.abort();
    await stopped;
    expect(progress).toEqual(['begun']);
    expect(logged('this takes long')).toHaveLength(1);
  });

  it('is heard though it ends its worker then', async () => {
    await using scene = await open();
    await rejection(scene.runtime.run(tasks.dies, 100, { executor }), 'WorkerExited');
    expect(scene.logged('still here')).toMatchObject(
      Array.from({ length: 100 }, (_, i) => ({ fields: { i, task: 'tasks.dies' } })),
    );
    expect(scene.progress).toEqual(['last words']);
  });

  it('reaches the reader of its stream though it ends its worker then', async () => {
    await using scene = await open();
    const stream = await scene.runtime.stream(tasks.yieldsAndDies, undefined, { executor });
    const read: unknown[] = [];
    const reading = (async () => {
      for await (const piece of stream) read.push(piece);
    })();
    await rejection(reading, 'WorkerExited');
    expect(read).toEqual([1, 2]);
  });
});
