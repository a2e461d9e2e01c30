import { describe, expect, it } from 'vitest';
import { createRuntime, type Runtime, taskModule } from '../../src/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

/** What is heard of tasks for which nobody waits any more, on real threads. */

const tasks = taskModule<typeof import('./fixtures/given-up.ts')>(
  'tasks',
  new URL('./fixtures/given-up.ts', import.meta.url),
);

async function open(options: { grace?: number; concurrency?: number } = {}) {
  const { logger, lines } = recordingLogger();
  const runtime = await createRuntime({ tasks: [tasks], threads: 1, logger, ...options });
  const warnings = () => lines.filter(({ level }) => level === 'warn');
  return { runtime, warnings, [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose]() };
}

/** Runs a task until it has begun, then cancels it. */
async function interrupt(
  runtime: Runtime,
  name: 'heeds' | 'throwsReason' | 'stumbles',
): Promise<void> {
  const caller = new AbortController();
  const stop = runtime.subscribe((event) => {
    if (event.type === 'task.emitted') caller.abort();
  });
  await rejection(
    runtime.run(tasks[name], undefined, { signal: caller.signal }),
    'ExecutionCancelled',
  );
  stop();
}

describe('a task that was told to end', () => {
  it.each(['heeds', 'throwsReason'] as const)('is no news when it stops: %s', async (name) => {
    await using scene = await open();
    await interrupt(scene.runtime, name);
    await scene.runtime.run(tasks.nothing);
    expect(scene.warnings()).toEqual([]);
  });

  it('is told of when it fails of something else', async () => {
    await using scene = await open();
    await interrupt(scene.runtime, 'stumbles');
    expect(scene.warnings()).toMatchObject([
      {
        fields: { task: 'tasks.stumbles', error: { message: 'lost the connection' } },
        message: 'a task that was told to end failed of something else',
      },
    ]);
  });

  it('is told of when it fails after its timeout', async () => {
    await using scene = await open();
    const run = scene.runtime.run(tasks.stumbles, undefined, { timeout: 20 });
    await rejection(run, 'ExecutionTimeout');
    await scene.runtime.run(tasks.nothing);
    expect(scene.warnings()).toMatchObject([{ fields: { task: 'tasks.stumbles' } }]);
  });

  it('is told of when its finally fails after its reader has left', async () => {
    await using scene = await open();
    const stream = await scene.runtime.stream(tasks.spillsInFinally);
    for await (const piece of stream) if (piece === 3) break;
    expect(scene.warnings()).toMatchObject([
      { fields: { task: 'tasks.spillsInFinally', error: { message: 'could not clean up' } } },
    ]);
  });
});

describe('a task beside one that does not stop', () => {
  it('is told for whose sake its worker was ended', async () => {
    await using scene = await open({ concurrency: 2, grace: 20 });
    const { runtime } = scene;
    const begun = new Promise<void>((resolve) => {
      runtime.subscribe((event) => {
        if (event.type === 'task.emitted') resolve();
      });
    });
    const beside = rejection(runtime.run(tasks.waits), 'WorkerHung');
    await begun;
    await rejection(runtime.run(tasks.spin, undefined, { timeout: 20 }), 'ExecutionTimeout');
    const { message, details } = await beside;
    expect(message).toBe(
      'task tasks.waits was killed with its worker, because tasks.spin did not stop',
    );
    expect(details).toMatchObject({ task: 'tasks.waits', culprit: 'tasks.spin' });
  });
});
