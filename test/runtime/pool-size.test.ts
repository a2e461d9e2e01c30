import { describe, expect, it } from 'vitest';
import { createRuntime, type Runtime, type ThreadRange, taskModule } from '../../src/index.ts';
import { openGate } from '../http/fixtures/gate.ts';
import { rejection } from '../support/rejection.ts';
import { simulate } from './simulated.ts';

/** How many worker threads there are, on real threads. */

const held = taskModule<typeof import('./fixtures/held.ts')>(
  'held',
  new URL('./fixtures/held.ts', import.meta.url),
);

const workers = taskModule<typeof import('./fixtures/workers.ts')>(
  'workers',
  new URL('./fixtures/workers.ts', import.meta.url),
);

function open(threads: number | ThreadRange): Promise<Runtime> {
  return createRuntime({ tasks: [held], threads });
}

const names = (runtime: Runtime) =>
  runtime
    .pool()
    .stats()
    .workers.map(({ worker }) => worker);

/** Resolves when there are so many. */
async function until(runtime: Runtime, count: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => {
      if (names(runtime).length === count) resolve();
    };
    runtime.subscribe(({ type }) => {
      if (type === 'worker.ready' || type === 'worker.exited') look();
    });
    look();
  });
}

describe('a pool', () => {
  it('grows and shrinks on demand, and no task is lost', async () => {
    await using gate = await openGate();
    await using runtime = await open(1);
    const { port } = gate;
    await runtime.pool().resize(3);
    expect(names(runtime)).toEqual(['worker-1', 'worker-2', 'worker-3']);
    // As many as there are threads run at a time.
    const runs = Array.from({ length: 3 }, () => runtime.run(held.wait, { port }));
    const parked = [await gate.next(), await gate.next(), await gate.next()];
    await runtime.pool().resize(1);
    expect(runtime.pool().size).toMatchObject({ min: 1, max: 1 });
    for (const each of parked) each.release('done');
    await Promise.all(runs);
    await until(runtime, 1);
    expect(runtime.pool().stats()).toMatchObject({ done: 3, restarts: 0 });
    expect(runtime.query.tree().children?.find(({ id }) => id === 'pool')?.children).toHaveLength(
      1,
    );
  });

  it('that is elastic has as many threads as tasks wait for', async () => {
    await using gate = await openGate();
    await using runtime = await open({ min: 1, max: 2, idleTimeout: 100 });
    const { port } = gate;
    expect(names(runtime)).toHaveLength(1);
    const runs = [1, 2].map(() => runtime.run(held.wait, { port }));
    const parked = [await gate.next(), await gate.next()];
    expect(names(runtime)).toHaveLength(2);
    for (const each of parked) each.release('done');
    await Promise.all(runs);
    await until(runtime, 1);
  });

  it.each([0, 1.5, { min: 0, max: 1 }, { min: 2, max: 1 }, { min: 1, max: 2, idle: 5 }, 'four'])(
    'is never of size %o',
    async (threads) => {
      await rejection(open(threads as never), 'InvalidOption');
    },
  );

  it('refuses such sizes also while it runs, and after its end', async () => {
    const runtime = await open(1);
    await rejection(runtime.pool().resize({ min: 2, max: 1 }), 'InvalidOption');
    await runtime.shutdown();
    await rejection(runtime.pool().resize(2), 'InvalidState');
  });

  it('runs a task once on each of its threads, past the queue', async () => {
    await using runtime = await createRuntime({ tasks: [workers], threads: 3 });
    const answers = await runtime.pool().broadcast(workers.whoAmI);
    expect(answers.map(({ worker }) => worker)).toEqual(['worker-1', 'worker-2', 'worker-3']);
    const threads = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value.thread] : [],
    );
    expect(new Set(threads).size).toBe(3);
  });

  it('tells which threads did not do what was broadcast, and why', async () => {
    await using runtime = await createRuntime({ tasks: [workers], threads: 2, grace: 30 });
    const answers = await runtime.pool().broadcast(workers.spin, undefined, { timeout: 20 });
    expect(answers).toMatchObject([
      { worker: 'worker-1', status: 'rejected', reason: { code: 'TaskTimeout' } },
      { worker: 'worker-2', status: 'rejected', reason: { code: 'TaskTimeout' } },
    ]);
    const { broadcast } = runtime.pool();
    await rejection(broadcast(workers.whoAmI, undefined, { timout: 1 } as never), 'InvalidOption');
    await rejection(broadcast({ module: 'a', name: 'b', id: 'a.b' } as never), 'TaskNotFound');
    await runtime.shutdown();
    await rejection(broadcast(workers.whoAmI), 'RuntimeClosed');
  });

  it('is not there where others perform the tasks', async () => {
    const { runtime } = await simulate({});
    expect(() => runtime.pool()).toThrow(/no pool/);
  });
});
