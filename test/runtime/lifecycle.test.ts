import { describe, expect, it } from 'vitest';
import {
  createRuntime,
  definePipeline,
  exitCodeOf,
  type Logger,
  type Runtime,
  type RuntimeEvent,
  type RuntimeOptions,
  TroupeError,
  taskModule,
} from '../../src/index.ts';
import { failable, VirtualClock } from '../../src/testing/index.ts';
import { rejection } from '../support/rejection.ts';
import { advanceTo, simulate } from './simulated.ts';

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);
type Kind = { kind: () => string };

describe('createRuntime', () => {
  it.each([
    [{ threads: 0 }, 'threads'],
    [{ threads: 1.5 }, 'threads'],
    [{ threads: 2_000 }, 'threads'],
    [{ threads: null as never }, 'threads'],
    [{ env: { 'A=B': '' } }, 'env'],
    [{ env: { '': '' } }, 'env'],
    [{ maxExecutions: 0 }, 'maxExecutions'],
    [{ cacheEntries: 0 }, 'cacheEntries'],
    [{ cacheBytes: 0.5 }, 'cacheBytes'],
    [{ grace: -1 }, 'grace'],
    [{ handshakeTimeout: 0 }, 'handshakeTimeout'],
    [{ shutdownTimeout: Number.NaN }, 'shutdownTimeout'],
    [{ shutdownPhases: { a: { timeout: 0 } } }, 'shutdownPhases.a.timeout'],
    [{ signals: 'SIGTERM' as never }, 'signals'],
    [{ signals: { exit: 1 as never } }, 'signals.exit'],
    [{ signals: { quit: true } as never }, 'signals.quit'],
    [{ logLevel: 'loud' as never }, 'logLevel'],
    [{ tasks: [{}] as never }, 'tasks[0]'],
    [{ tasks: {} as never }, 'tasks'],
    [{ pipelines: [null] as never }, 'pipelines'],
    [{ restartIntensity: { period: 0 } }, 'restartIntensity.period'],
    [{ resourceLimits: { maxOldGenerationSizeMb: 0 } }, 'resourceLimits.maxOldGenerationSizeMb'],
    [{ resourceLimits: { maxOldGenerationSizeMb: 7 } }, 'resourceLimits.maxOldGenerationSizeMb'],
    [{ resourceLimits: { stackSizeMb: 0.2 } }, 'resourceLimits.stackSizeMb'],
    [{ resourceLimits: { stackSizeMb: Number.POSITIVE_INFINITY } }, 'resourceLimits.stackSizeMb'],
    [{ resourceLimits: 5 as never }, 'resourceLimits'],
    [{ resourceLimits: { foo: 1 } as never }, 'resourceLimits.foo'],
    [{ restartIntensity: null as never }, 'restartIntensity'],
    [{ logger: {} as never }, 'logger'],
    [{ clock: 5 as never }, 'clock'],
    [{ journal: {} as never }, 'journal'],
    [{ dispatcher: {} as never }, 'dispatcher'],
    [{ random: {} as never }, 'random'],
    [{ vitals: {} as never }, 'vitals'],
    [{ health: 5 as never }, 'health'],
    [{ health: { period: 0 } }, 'health.period'],
    [{ thread: 2 } as never, 'thread'],
    [null as never, 'options'],
    [[] as never, 'options'],
    [{ health: [] as never }, 'health'],
    [{ admission: [] as never }, 'admission'],
    [{ restartIntensity: [] as never }, 'restartIntensity'],
    [{ resourceLimits: [] as never }, 'resourceLimits'],
  ] satisfies [RuntimeOptions, string][])('refuses %o, naming %s', async (options, field) => {
    const error = await rejection(createRuntime(options), 'InvalidOption');
    expect(error.details).toMatchObject({ field });
    expect(error.message).toContain(`${field} must be`);
  });

  it('refuses two modules or pipelines of one name', async () => {
    const twice = [
      taskModule('same', fixture('tasks.mjs')),
      taskModule('same', fixture('common.cjs')),
    ];
    await rejection(createRuntime({ tasks: twice }), 'DuplicateId');
    const steps = { only: { task: failable.failable, input: () => ({ fate: 'ok' }) as const } };
    const pipeline = definePipeline({ id: 'p', steps });
    await rejection(createRuntime({ pipelines: [pipeline, pipeline] }), 'DuplicateId');
  });

  it.each([
    ['missing.mjs', /Cannot find module|Failed to resolve/],
    ['broken.mjs', /Unexpected/],
    ['throws.mjs', /no database/],
  ])('rejects when the module %s does not load, and leaves nothing running', async (name, why) => {
    const tasks = [taskModule('bad', fixture(name))];
    const error = await rejection(createRuntime({ tasks, threads: 2 }), 'TaskModuleNotLoaded');
    expect(error.message).toMatch(why);
    expect(error.details).toMatchObject({ module: 'bad', url: fixture(name).href });
  });

  it.each([
    ['thread', 'worker-1', ''],
    ['process', 'process-1', '?main'],
  ])('says whose onWorkerStart failed: %s', async (executor, worker, query) => {
    const tasks = [taskModule('bad', new URL(query, fixture('start-fails.mjs')))];
    const start = async () => {
      await using runtime = await createRuntime({ tasks, threads: 1, processes: 1 });
      await runtime.run('bad.task', undefined, { executor });
    };
    const error = await rejection(start(), 'HandshakeFailed');
    expect(error.message).toBe(
      `${worker} could not start: onWorkerStart of task module bad failed: no database`,
    );
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.details).toMatchObject({ module: 'bad', hook: 'onWorkerStart', worker });
  });

  it('gives up on a module that never finishes loading', async () => {
    const tasks = [taskModule('slow', fixture('never-ready.mjs'))];
    const error = await rejection(
      createRuntime({
        tasks,
        threads: 1,
        handshakeTimeout: 300,
        restartIntensity: { intensity: 0 },
      }),
      'HandshakeFailed',
    );
    expect(error.message).toContain('worker-1');
  });

  it('gives up on a module that ends its thread as it loads', async () => {
    const tasks = [taskModule('gone', fixture('exits.mjs'))];
    const error = await rejection(createRuntime({ tasks, threads: 1 }), 'HandshakeFailed');
    expect(error.message).toContain('worker-1 ended before it could take tasks of gone');
  });

  it('loads ESM and CommonJS, JavaScript and TypeScript', async () => {
    const names = ['tasks.mjs', 'common.cjs', 'typed.ts', 'typed-common.cts'];
    const modules = names.map((name, i) => taskModule<Kind>(`m${i}`, fixture(name)));
    await using runtime = await createRuntime({ tasks: modules, threads: 1 });
    const kinds = await Promise.all(modules.map(({ kind }) => runtime.run(kind)));
    expect(kinds).toEqual(['mjs', 'cjs', 'ts', 'cts']);
    expect(runtime.query.tasks()).toContain('m0.talk');
    expect(runtime.query.tasks()).not.toContain('m0.notATask');
  });
});

describe('two runtimes in one process', () => {
  it('share nothing', async () => {
    await using one = await createRuntime({ tasks: [failable], threads: 1 });
    await using two = await createRuntime({
      tasks: [taskModule('t', fixture('tasks.mjs'))],
      threads: 2,
    });
    expect(await two.run('t.kind')).toBe('mjs');
    await rejection(one.run('t.kind'), 'TaskNotFound');
    await rejection(two.run(failable.failable, { fate: 'ok' }), 'TaskNotFound');
    expect(await one.query.list()).toHaveLength(0);
    expect(await two.query.list()).toHaveLength(1);
    await one.shutdown();
    expect(await two.run('t.kind')).toBe('mjs');
    const workers = (runtime: typeof one) =>
      runtime.query.tree().children?.find(({ id }) => id === 'pool')?.children?.length;
    expect(workers(two)).toBe(2);
  });
});

describe('queries', () => {
  it('show executions, the tree and health', async () => {
    const steps = { only: { task: failable.failable } };
    const pipeline = definePipeline({ id: 'fate', steps, output: ({ results }) => results.only });
    await using runtime = await createRuntime({
      tasks: [failable],
      pipelines: [pipeline],
      threads: 2,
    });
    const good = await runtime.start('fate', { fate: 'ok', value: 7 });
    expect(await good.result()).toBe(7);
    const bad = await runtime.start(pipeline, { fate: 'throw', message: 'no' });
    await rejection(bad.result(), 'TaskFailed');
    const open = await runtime.start(pipeline, { fate: 'wait' });

    expect(await runtime.query.get(good.id)).toMatchObject({
      status: 'completed',
      output: 7,
      pipeline: 'fate',
    });
    expect(await runtime.query.get(bad.id)).toMatchObject({
      status: 'failed',
      error: { code: 'TaskFailed' },
    });
    expect(await runtime.query.get(open.id)).toMatchObject({
      status: 'running',
      steps: [{ name: 'only', status: 'running', done: 0, total: 1 }],
    });
    expect(await runtime.query.get('nobody')).toBeUndefined();
    expect((await runtime.query.list()).map(({ id }) => id)).toEqual([open.id, bad.id, good.id]);
    expect(await runtime.query.list({ status: 'failed' })).toHaveLength(1);
    const [newest] = await runtime.query.list({ limit: 1 });
    const rest = await runtime.query.list({ before: newest?.id ?? '' });
    expect(rest.map(({ id }) => id)).toEqual([bad.id, good.id]);
    await rejection(runtime.query.list({ limit: 0 }), 'InvalidOption');
    await rejection(runtime.query.list({ status: 'lost' as never }), 'InvalidOption');
    await rejection(runtime.query.list(null as never), 'InvalidOption');
    expect(await runtime.query.history(bad.id)).toHaveLength(4);
    expect(runtime.query.pipelines()).toEqual(['fate']);

    expect(runtime.query.health()).toEqual({
      status: 'running',
      ready: true,
      state: 'healthy',
      executions: 1,
      zombies: 0,
      deadLetters: 0,
    });
    expect(runtime.query.tree()).toMatchObject({
      id: 'runtime',
      status: 'running',
      children: [
        { id: 'journal' },
        { id: 'telemetry' },
        {
          id: 'pool',
          type: 'supervisor',
          children: [{ id: 'worker-1', status: 'ready' }, { id: 'worker-2' }],
        },
        { id: 'breakers', type: 'supervisor', children: [] },
        { id: 'executions', children: [{ id: open.id, status: 'running' }] },
        { id: 'user', children: [] },
        { id: 'health', type: 'worker', status: 'healthy' },
      ],
    });

    expect(runtime.execution(good.id)).toBeUndefined();
    await runtime.execution(open.id)?.cancel();
    expect(await runtime.query.get(open.id)).toMatchObject({
      status: 'cancelled',
      error: { code: 'ExecutionCancelled' },
    });
    await rejection(runtime.start('nope'), 'PipelineNotFound');
    await rejection(runtime.start({ id: 'x' } as never), 'InvalidOption');
    await rejection(runtime.run('nope'), 'TaskNotFound');
  });
});

describe('a call that begins an execution', () => {
  it.each<[string, (runtime: Runtime, options: never) => Promise<unknown>, string[]]>([
    ['run', (runtime, options) => runtime.run('steps.none', 1, options), ['cache', 'executor']],
    [
      'stream',
      (runtime, options) => runtime.stream('steps.none', 1, options),
      ['executor', 'ahead'],
    ],
    ['start', (runtime, options) => runtime.start('none', 1, options), []],
  ])(
    'of %s names the options that it has when it is given another, or none at all',
    async (_, begin, own) => {
      const steps = { only: { task: failable.failable, input: () => ({ fate: 'ok' }) as const } };
      const none = definePipeline({ id: 'none', steps });
      const { runtime } = await simulate({}, { pipelines: [none] });
      const all = [
        'priority',
        'concurrencyKey',
        'timeout',
        'queueTimeout',
        'signal',
        'trace',
        ...own,
      ];
      const stray = await rejection(begin(runtime, { speed: 1 } as never), 'InvalidOption');
      expect(stray.message).toBe(
        `speed must be left out: the options are ${all.join(', ')}, but got 1`,
      );
      for (const wrong of [[], null, 'fast']) {
        const { details } = await rejection(begin(runtime, wrong as never), 'InvalidOption');
        expect(details).toMatchObject({ field: 'options', expected: 'an object' });
      }
      await runtime.shutdown();
    },
  );
});

describe('limits', () => {
  it('refuses more executions than are allowed, and takes one again when there is room', async () => {
    await using runtime = await createRuntime({
      tasks: [failable],
      threads: 1,
      maxExecutions: 1,
      grace: 20,
    });
    const controller = new AbortController();
    const first = runtime.run(failable.failable, { fate: 'wait' }, { signal: controller.signal });
    await rejection(runtime.run(failable.failable, { fate: 'ok' }), 'Overloaded');
    controller.abort();
    await rejection(first, 'ExecutionCancelled');
    expect(await runtime.run(failable.failable, { fate: 'ok', value: 1 })).toBe(1);
  });
});

describe('late mail', () => {
  it('is none of the runtime’s own: a run that is cancelled at once leaves no dead letter', async () => {
    await using runtime = await createRuntime({ tasks: [failable], threads: 1, grace: 20 });
    for (let i = 0; i < 5; i++) {
      const controller = new AbortController();
      const run = runtime.run(failable.failable, { fate: 'wait' }, { signal: controller.signal });
      if (i % 2 === 1) await new Promise(setImmediate);
      controller.abort();
      await rejection(run, 'ExecutionCancelled');
    }
    expect(runtime.query.health().deadLetters).toBe(0);
  });
});

describe('telemetry', () => {
  it('drops a subscriber that throws, and tells the others', async () => {
    await using runtime = await createRuntime({ tasks: [failable], threads: 1 });
    const seen: RuntimeEvent[] = [];
    let thrown = 0;
    runtime.subscribe(() => {
      thrown++;
      throw new Error('bad subscriber');
    });
    const leave = runtime.subscribe((event) => seen.push(event));
    await runtime.run(failable.failable, { fate: 'ok' });
    expect(thrown).toBe(1);
    expect(seen.map(({ type }) => type)).toEqual([
      'execution.started',
      'step.started',
      'step.completed',
      'execution.completed',
    ]);
    leave();
    await runtime.run(failable.failable, { fate: 'ok' });
    expect(seen).toHaveLength(4);
    expect(() => runtime.subscribe('me' as never)).toThrow(TroupeError);
  });

  it('logs with a child for each worker and execution, and carries a task’s own lines and progress', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = (base: object): Logger => {
      const write = (level: string) => (fields: object, message: string) =>
        void lines.push({ level, ...base, ...fields, message });
      const levels = {
        debug: write('debug'),
        info: write('info'),
        warn: write('warn'),
        error: write('error'),
      };
      return { ...levels, child: (fields) => logger({ ...base, ...fields }) };
    };
    const talk = taskModule<{ talk: (input: undefined, ctx: unknown) => string }>(
      't',
      fixture('tasks.mjs'),
    );
    await using runtime = await createRuntime({ tasks: [talk], threads: 1, logger: logger({}) });
    const progress: unknown[] = [];
    runtime.subscribe((event) => {
      if (event.type === 'task.progress') progress.push([event.step, event.value]);
    });
    expect(await runtime.run(talk.talk)).toBe('t.talk');
    const [{ id: execution } = { id: '' }] = await runtime.query.list();
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'info',
        message: 'talking',
        worker: 'worker-1',
        task: 't.talk',
        execution,
        size: 3,
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'info', message: 'execution started', execution }),
    );
    expect(progress).toEqual([['task', 0.5]]);
  });
});

describe('shutdown', () => {
  it('lets what runs finish, refuses what comes, runs once, and ends the threads', async () => {
    const runtime = await createRuntime({ tasks: [failable], threads: 2 });
    const events: string[] = [];
    runtime.subscribe(({ type }) => events.push(type));
    const work = Array.from({ length: 50 }, (_, value) =>
      runtime.run(failable.failable, { fate: 'ok', value }),
    );
    const first = runtime.shutdown({ reason: 'test' });
    await rejection(runtime.run(failable.failable, { fate: 'ok' }), 'RuntimeClosed');
    expect(runtime.query.health()).toMatchObject({ status: 'stopping', ready: false });
    expect(await Promise.all(work)).toHaveLength(50);
    const report = await first;
    expect(report).toMatchObject({ reason: 'test', overran: [], errors: [] });
    expect(await runtime.shutdown({ reason: 'other' })).toEqual(report);
    expect(runtime.query.health().status).toBe('stopped');
    expect(events.filter((type) => type === 'worker.exited')).toHaveLength(2);
    await rejection(runtime.run(failable.failable, { fate: 'ok' }), 'RuntimeClosed');
  });

  it('cancels what does not finish in its time, and says which phase overran', async () => {
    const clock = new VirtualClock();
    const runtime = await createRuntime({ tasks: [failable], threads: 1, clock });
    const polite = rejection(
      runtime.run(failable.failable, { fate: 'wait' }),
      'ExecutionCancelled',
    );
    const ended = runtime.shutdown({ timeout: 400 });
    await advanceTo('aborting', runtime, clock);
    const report = await ended;
    expect(report.overran).toEqual([{ phase: 'draining', task: 'executions' }]);
    await polite;
  });

  it('ends within its deadline though a task never yields', async () => {
    const runtime = await createRuntime({ tasks: [failable], threads: 1, grace: 20 });
    const spinning = rejection(
      runtime.run(failable.failable, { fate: 'spin' }),
      'ExecutionCancelled',
    );
    const report = await runtime.shutdown({ timeout: 2_000 });
    await spinning;
    expect(report.overran).toContainEqual({ phase: 'draining', task: 'executions' });
  });

  it('happens at the end of a block', async () => {
    let escaped: Awaited<ReturnType<typeof createRuntime>>;
    {
      await using runtime = await createRuntime({ tasks: [failable], threads: 1 });
      escaped = runtime;
    }
    expect(escaped.query.health().status).toBe('stopped');
  });
});

describe('a runtime whose workers die too often', () => {
  it('gives up with a clear error, and leaves nobody hanging', async () => {
    const runtime = await createRuntime({
      tasks: [failable],
      threads: 1,
      restartIntensity: { intensity: 1, period: 60_000 },
    });
    const escalated = new Promise<RuntimeEvent>((resolve) => {
      runtime.subscribe((event) => {
        if (event.type === 'supervisor.escalated' && event.supervisor === 'runtime') resolve(event);
      });
    });
    const calls = Array.from({ length: 5 }, () =>
      runtime.run(failable.failable, { fate: 'exit', code: 3 }),
    );
    const outcomes = await Promise.allSettled(calls);
    const codes = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? outcome.reason.code : 'none',
    );
    expect(codes.slice(0, 2)).toEqual(['WorkerExited', 'WorkerExited']);
    expect(codes.slice(2).every((code) => code === 'RuntimeClosed')).toBe(true);
    await escalated;
    expect(runtime.query.health()).toMatchObject({
      status: 'failed',
      ready: false,
      error: { code: 'RestartIntensityExceeded' },
    });
    const why =
      'worker-1 ended (exited) after 1 restarts within 60000 ms: more than restartIntensity allows';
    expect(runtime.query.health().error?.message).toBe(why);
    const refused = await rejection(
      runtime.run(failable.failable, { fate: 'ok' }),
      'RuntimeClosed',
    );
    expect(refused.message).toBe(`the runtime failed: ${why}`);
    const report = await runtime.shutdown({ timeout: 500 });
    expect(report.failure).toMatchObject({ message: why });
    expect(exitCodeOf(report)).toBe(1);
  });
});
