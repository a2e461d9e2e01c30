import { describe, expect, it } from 'vitest';
import { createRuntime, type Runtime, type RuntimeOptions, taskModule } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/until.ts';

/** What is heard of tasks for which nobody waits any more, on real threads. */

const tasks = taskModule<typeof import('./fixtures/given-up.ts')>(
  'tasks',
  new URL('./fixtures/given-up.ts', import.meta.url),
);

async function open(options: Pick<RuntimeOptions, 'grace' | 'concurrency' | 'clock'> = {}) {
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

describe('a task that has ended, and whose result waits for the one that runs', () => {
  it('is given up without harm to that one', async () => {
    const clock = new VirtualClock();
    await using scene = await open({ clock });
    const { runtime } = scene;
    const free = new Int32Array(new SharedArrayBuffer(8)).fill(1);
    // Both are known to be short, so that they travel and answer together.
    for (let runs = 0; runs < 20; runs++) {
      await Promise.all([runtime.run(tasks.nothing), runtime.run(tasks.waitsBlocking, free)]);
    }
    const signs = new Int32Array(new SharedArrayBuffer(8));
    const caller = new AbortController();
    const ended = runtime.run(tasks.nothing, undefined, { signal: caller.signal });
    const running = runtime.run(tasks.waitsBlocking, signs);
    const refused = rejection(ended, 'ExecutionCancelled');
    await until(() => Atomics.load(signs, 0) === 1);
    caller.abort();
    await refused;
    // For longer than the grace, after which a thread is ended that does not yield.
    await clock.advance(10_000);
    Atomics.store(signs, 1, 1);
    Atomics.notify(signs, 1);
    expect(await running).toBe('done');
  });
});
