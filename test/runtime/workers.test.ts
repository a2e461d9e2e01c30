import { describe, expect, it } from 'vitest';
import {
  createRuntime,
  definePipeline,
  type Runtime,
  type RuntimeEvent,
  type RuntimeOptions,
  taskModule,
} from '../../src/index.ts';
import { openGate } from '../http/fixtures/gate.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

/** What workers are made of, and how they are replaced, on real threads. */

const workers = taskModule<typeof import('./fixtures/workers.ts')>(
  'workers',
  new URL('./fixtures/workers.ts', import.meta.url),
);
const held = taskModule<typeof import('./fixtures/held.ts')>(
  'held',
  new URL('./fixtures/held.ts', import.meta.url),
);

const stays = taskModule<typeof import('./fixtures/stays.ts')>(
  'stays',
  new URL('./fixtures/stays.ts', import.meta.url),
);

function open(options: RuntimeOptions = {}): Promise<Runtime> {
  return createRuntime({ tasks: [workers, held], threads: 1, ...options });
}

/** Exits of workers from now on, with their reasons. */
function exits(runtime: Runtime): string[] {
  const reasons: string[] = [];
  runtime.subscribe((event: RuntimeEvent) => {
    if (event.type === 'worker.exited') reasons.push(event.reason);
  });
  return reasons;
}

describe('a worker that is recycled', () => {
  it('is a new thread after so many tasks; none is lost, and no restart is spent', async () => {
    await using runtime = await open({ recycle: { tasks: 3 }, restartIntensity: { intensity: 0 } });
    const reasons = exits(runtime);
    const calls = await Promise.all(Array.from({ length: 10 }, () => runtime.run(workers.whoAmI)));
    expect(calls.map(({ call }) => call)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1]);
    expect(new Set(calls.map(({ thread }) => thread)).size).toBe(4);
    expect(new Set(reasons)).toEqual(new Set(['normal']));
    const pool = runtime.query.tree().children?.find(({ id }) => id === 'pool');
    expect(pool?.children).toMatchObject([{ id: 'worker-1', status: 'ready', restarts: 0 }]);
  });

  it.each([
    ['its age', { age: 1 }],
    ['its heap', { heap: 32 * 2 ** 20 }],
    ['what it holds outside of the heap', { external: 32 * 2 ** 20 }],
  ] as const)('is one for %s', async (_, recycle) => {
    await using runtime = await open({ recycle });
    const where = 'heap' in recycle ? 'heap' : 'external';
    const first = await runtime.run(workers.keep, { bytes: 64 * 2 ** 20, where });
    // It is looked at between two tasks, and not after each.
    let thread = first;
    while (thread === first) ({ thread } = await runtime.run(workers.whoAmI));
  });
});

describe('a worker whose onWorkerStop never ends', () => {
  const options = { tasks: [stays], grace: 20, restartIntensity: { intensity: 0 } };

  it('is recycled all the same, which spends no restart', async () => {
    const { logger, lines } = recordingLogger();
    await using runtime = await open({ ...options, recycle: { tasks: 2 }, logger });
    const runs = Array.from({ length: 6 }, () => runtime.run(stays.whereAmI));
    expect(new Set(await Promise.all(runs)).size).toBe(3);
    const warnings = lines.filter(({ level, fields }) => level === 'warn' && 'hook' in fields);
    expect(warnings[0]?.fields).toMatchObject({ worker: 'worker-1', hook: 'onWorkerStop' });
  });

  it('goes when it has to', async () => {
    await using runtime = await open({ ...options, threads: 2 });
    const exited = new Promise<RuntimeEvent>((resolve) => {
      runtime.subscribe((event) => event.type === 'worker.exited' && resolve(event));
    });
    await runtime.pool().resize(1);
    expect(await exited).toMatchObject({ worker: 'worker-2', reason: 'shutdown' });
    expect(runtime.query.pool()?.workers).toMatchObject([{ worker: 'worker-1' }]);
  });
});

describe('a thread that hangs', () => {
  it('is replaced though no timeout was set; only the task that it was in fails', async () => {
    await using runtime = await open({ hangTimeout: 1_000, threads: 2 });
    const reasons = exits(runtime);
    const hung = rejection(runtime.run(workers.spin), 'WorkerHung');
    const others = await Promise.all([1, 2, 3].map(() => runtime.run(workers.whoAmI)));
    expect(others).toHaveLength(3);
    expect((await hung).details).toMatchObject({ task: 'workers.spin' });
    await runtime.run(workers.whoAmI);
    expect(reasons).toEqual(['hung']);
  });

  it('is none for what the threads took to start', async () => {
    const pools = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`p${n}`, { threads: 1 }]));
    await using runtime = await open({ hangTimeout: 1_000, pools });
    const reasons = exits(runtime);
    expect(await runtime.run(workers.compute, 500)).toBe('computed');
    expect(reasons).toEqual([]);
  });

  it.each([999, 0, -1, Number.NaN, '1s'])('is never one after %o ms', async (hangTimeout) => {
    await rejection(open({ hangTimeout } as never), 'InvalidOption');
  });
});

describe('threads', () => {
  it('run as many tasks at a time as they may', async () => {
    await using gate = await openGate();
    await using runtime = await open({ concurrency: 3 });
    const { port } = gate;
    const runs = Array.from({ length: 4 }, () => runtime.run(held.wait, { port }));
    const parked = [await gate.next(), await gate.next(), await gate.next()];
    expect(runtime.query.pool()).toMatchObject({ queued: 1, inFlight: 3, done: 0 });
    for (const task of parked) task.release('on');
    (await gate.next()).release('on');
    await Promise.all(runs);
    expect(runtime.query.pool()).toMatchObject({ queued: 0, inFlight: 0, done: 4 });
  });

  it('have the environment that they are given', async () => {
    await using runtime = await open({ env: { ONLY: 'this' } });
    expect(await runtime.run(workers.environment, 'ONLY')).toBe('this');
    expect(await runtime.run(workers.environment, 'PATH')).toBeUndefined();
  });

  it('run the hooks of their modules, which are no tasks', async () => {
    await using runtime = await open();
    expect(await runtime.run(workers.startsSeen)).toBe(1);
    await rejection(runtime.run('workers.onWorkerStart'), 'TaskNotFound');
  });

  it.each([
    ['concurrency', { concurrency: 0 }],
    ['recycle.tasks', { recycle: { tasks: 0 } }],
    ['recycle.old', { recycle: { old: 1 } }],
    ['env', { env: 1 }],
    ['env', { env: ['A'] }],
    ['env.B', { env: { A: '1', B: 1 } }],
    ['pools.x.env.A', { pools: { x: { kind: 'process', env: { A: 'a\0b' } } } }],
    ['execArgv', { execArgv: '--inspect' }],
    ['execArgv', { execArgv: ['--conditions=x', '--no-such'] }],
    ['execArgv', { execArgv: ['--max-old-space-size=100'] }],
    ['env.NODE_OPTIONS', { env: { NODE_OPTIONS: '--no-such' } }],
    ['pools.x.execArgv', { pools: { x: { execArgv: ['--no-such'] } } }],
    ['pools.x.env.NODE_OPTIONS', { pools: { x: { env: { NODE_OPTIONS: '--no-such' } } } }],
  ])('are refused for a wrong %s', async (field, options) => {
    const error = await rejection(open(options as never), 'InvalidOption');
    expect(error.message).toContain(`${field} must be`);
    expect(error.details).toMatchObject({ field });
  });
});

describe('the Node options of threads', () => {
  it('are looked at without a thread, and can be what threads take', async () => {
    const started: unknown[] = [];
    const count = (worker: unknown) => void started.push(worker);
    process.on('worker', count);
    try {
      await rejection(open({ execArgv: ['--no-such'] }), 'InvalidOption');
      expect(started).toEqual([]);
      const env = { NODE_OPTIONS: '--conditions=y' };
      await using runtime = await open({ execArgv: ['--conditions=x'], env });
      expect(await runtime.run(workers.environment, 'NODE_OPTIONS')).toBe('--conditions=y');
      expect(started).toHaveLength(1);
    } finally {
      process.off('worker', count);
    }
  });

  it('are named where they are refused, and are no matter where they are for processes', async () => {
    const execArgv = ['--conditions=x', '--max-old-space-size=100'];
    const { details, message } = await rejection(open({ execArgv }), 'InvalidOption');
    expect(details).toMatchObject({ field: 'execArgv', received: '"--max-old-space-size=100"' });
    expect(message).toContain('a thread can have');
    const pools = { p: { kind: 'process', execArgv } } as const;
    await using runtime = await open({ pools });
    expect(await runtime.run(workers.compute, 0, { executor: 'p' })).toBe('computed');
  });
});

describe('a task on a thread', () => {
  it('knows its call', async () => {
    await using runtime = await open();
    const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const execution = await runtime.start(
      definePipeline({
        id: 'p',
        steps: { each: { task: workers.info, each: () => ['x', 'y'] } },
        output: ({ results }) => results.each,
      }),
      undefined,
      { timeout: 60_000, trace },
    );
    const { id } = execution;
    const common = { execution: id, step: 'each', attempt: 1, isTimed: true, trace };
    expect(await execution.result()).toEqual([
      { ...common, idempotencyKey: `${id}:each:0` },
      { ...common, idempotencyKey: `${id}:each:1` },
    ]);
    const wrong = { trace: { traceparent: 'abc' } };
    await rejection(runtime.run(workers.info, undefined, wrong), 'InvalidOption');
  });

  it('emits events of its own', async () => {
    await using runtime = await open();
    const told: RuntimeEvent[] = [];
    runtime.subscribe((event) => told.push(event));
    await runtime.run(workers.tell);
    const emitted = told.filter(({ type }) => type === 'task.emitted');
    expect(emitted).toMatchObject([{ step: 'task', name: 'found', value: { file: 'a' } }]);
  });

  it('that yields gives all that it yields', async () => {
    await using runtime = await open();
    expect(await runtime.run(workers.count, 3)).toEqual([1, 2, 3]);
  });

  it('that waits too long for a thread fails, and is never run', async () => {
    await using gate = await openGate();
    await using runtime = await open();
    const { port } = gate;
    const first = runtime.run(held.wait, { port });
    const parked = await gate.next();
    const late = rejection(
      runtime.run(workers.whoAmI, undefined, { queueTimeout: 20 }),
      'QueueTimeout',
    );
    expect((await late).details).toMatchObject({ task: 'workers.whoAmI', queueTimeout: 20 });
    parked.release('on');
    await first;
    expect(await runtime.run(workers.whoAmI)).toMatchObject({ call: 1 });
  });

  it('that has begun in time is not cut by its queue timeout', async () => {
    await using gate = await openGate();
    await using runtime = await open({ threads: 2 });
    const { port } = gate;
    const late = { queueTimeout: 20 };
    const first = runtime.run(held.wait, { port }, late);
    const parked = [await gate.next()];
    // Another one's wait is over first, and by then that of the first would be, too.
    const second = runtime.run(held.wait, { port }, late);
    parked.push(await gate.next());
    await rejection(runtime.run(workers.whoAmI, undefined, late), 'QueueTimeout');
    for (const each of parked) each.release('on');
    await Promise.all([first, second]);
  });
});

describe('the statistics of the pool', () => {
  it('count what was done, how long it took, and by whom', async () => {
    await using gate = await openGate();
    await using runtime = await open({ threads: 2 });
    const runs = Array.from({ length: 20 }, () => runtime.run(held.wait, { port: gate.port }));
    for (let i = 0; i < 20; i++) (await gate.next()).release('on');
    await Promise.all(runs);
    await rejection(runtime.run(workers.keep, undefined as never), 'TaskFailed');
    const stats = runtime.query.pool();
    expect(stats).toMatchObject({ queued: 0, inFlight: 0, done: 20, failed: 1, restarts: 0 });
    expect(stats?.run.count).toBe(21);
    // Each took at least its way to the gate and back, which no clock misses.
    expect(stats?.run.p50).toBeGreaterThan(0);
    expect(stats?.workers.map(({ worker }) => worker).sort()).toEqual(['worker-1', 'worker-2']);
    const counts = stats?.workers.map(({ done, failed }) => done + failed) ?? [];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(21);
  });

  it('are nobody’s where another dispatcher performs the tasks', async () => {
    const dispatcher = { dispatch() {}, cancel() {} };
    await using runtime = await createRuntime({ dispatcher });
    expect(runtime.query.pool()).toBeUndefined();
  });
});
