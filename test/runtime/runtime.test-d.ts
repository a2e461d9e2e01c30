import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  createRuntime,
  definePipeline,
  type Execution,
  exponential,
  type Runtime,
  type TaskReference,
  type TaskStream,
  taskModule,
  typed,
} from '../../src/index.ts';

interface Files {
  hash(input: { readonly path: string }): Promise<string>;
  count(): number;
  limit(most?: number): number;
  toggle(on: boolean): boolean;
  touch(path: string): Promise<void>;
  lines(input: { readonly path: string }): AsyncGenerator<string, number>;
  later(): Promise<Generator<number, void, unknown>>;
  parsed(text: string): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: what JSON.parse gives
  whatever(text: string): any;
}

const files = taskModule<Files>('files', 'file:///app/files.js');
const runtime = {} as Runtime;

describe('run', () => {
  it('takes what the task takes and gives what it gives', () => {
    expectTypeOf(runtime.run(files.hash, { path: 'a' })).toEqualTypeOf<Promise<string>>();
    expectTypeOf(runtime.run(files.toggle, true)).toEqualTypeOf<Promise<boolean>>();
  });

  it('refuses another input', () => {
    // @ts-expect-error a path is a text
    void runtime.run(files.hash, { path: 1 });
    // @ts-expect-error the path is missing
    void runtime.run(files.hash, {});
    // @ts-expect-error no text, but a path in an object
    void runtime.run(files.hash, 'a');
    // @ts-expect-error the input is missing
    void runtime.run(files.hash);
    // @ts-expect-error the task takes nothing
    void runtime.run(files.count, 5);
  });

  it('can do without an input where the task can', () => {
    expectTypeOf(runtime.run(files.count)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(runtime.run(files.count, undefined, { priority: 1 })).toEqualTypeOf<
      Promise<number>
    >();
    expectTypeOf(runtime.run(files.limit)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(runtime.run(files.limit, 3)).toEqualTypeOf<Promise<number>>();
  });

  it('refuses a task that the module does not have', () => {
    // @ts-expect-error no such task
    void runtime.run(files.hsh, { path: 'a' });
  });

  it('takes a name and anything, and gives something', () => {
    expectTypeOf(runtime.run('files.hash', { path: 1 })).toEqualTypeOf<Promise<unknown>>();
  });

  it('takes a cache that knows what the task takes and gives', () => {
    const key = ({ path }: { readonly path: string }) => path;
    void runtime.run(files.hash, { path: 'a' }, { cache: { ttl: 1, key, tags: ['a'] } });
    void runtime.run(
      files.hash,
      { path: 'a' },
      { cache: { ttl: 1, key: (input) => input.path, tags: (_, hash) => [hash.trim()] } },
    );
    void runtime.run('files.hash', { path: 'a' }, { cache: { ttl: 1, key } });
    // @ts-expect-error a path is no number
    void runtime.run(files.hash, { path: 'a' }, { cache: { ttl: 1, key: (n: number) => `${n}` } });
    // @ts-expect-error there is no such option
    void runtime.run(files.hash, { path: 'a' }, { cache: { ttl: 1, maxAge: 1 } });
  });

  it('refuses an option that there is not', () => {
    const signal = new AbortController().signal;
    void runtime.run(files.hash, { path: 'a' }, { priority: 1, timeout: 5, signal });
    // @ts-expect-error it is called priority
    void runtime.run(files.hash, { path: 'a' }, { prio: 1 });
  });
});

describe('stream', () => {
  it('takes what the task takes, and gives what it yields', () => {
    const lines = runtime.stream(files.lines, { path: 'a' }, { ahead: 4 });
    expectTypeOf(lines).toEqualTypeOf<Promise<TaskStream<string, number>>>();
    expectTypeOf(lines).resolves.toExtend<AsyncIterable<string>>();
    expectTypeOf(runtime.stream(files.later)).toEqualTypeOf<Promise<TaskStream<number, void>>>();
    // @ts-expect-error a path is a text
    void runtime.stream(files.lines, { path: 1 });
    // @ts-expect-error the input is missing
    void runtime.stream(files.lines);
    // @ts-expect-error there is no such option
    void runtime.stream(files.lines, { path: 'a' }, { behind: 4 });
  });

  it('results in what the generator returns', async () => {
    const lines = await runtime.stream(files.lines, { path: 'a' });
    expectTypeOf(lines.execution.result()).toEqualTypeOf<Promise<number>>();
    const named = await runtime.stream('files.lines', { path: 'a' });
    expectTypeOf(named.execution.result()).toEqualTypeOf<Promise<unknown>>();
  });

  it('refuses a task that is no generator', () => {
    // @ts-expect-error it gives one text
    void runtime.stream(files.hash, { path: 'a' });
    // @ts-expect-error it gives a number
    void runtime.stream(files.count);
    // @ts-expect-error it gives nothing
    void runtime.stream(files.touch, 'a');
  });

  it('takes a task that may be one, for all that is known', () => {
    expectTypeOf(runtime.stream('files.lines', 1)).toEqualTypeOf<Promise<TaskStream>>();
    expectTypeOf(runtime.stream(files.parsed, 'a')).toEqualTypeOf<Promise<TaskStream>>();
    expectTypeOf(runtime.stream(files.whatever, 'a')).toEqualTypeOf<Promise<TaskStream>>();
    const untyped = {} as TaskReference<string>;
    expectTypeOf(runtime.stream(untyped, 'a')).toEqualTypeOf<Promise<TaskStream>>();
  });
});

const digest = definePipeline({
  id: 'digest',
  steps: { hash: { task: files.hash, retry: exponential() } },
  output: ({ results }) => ({ digest: results.hash }),
});

describe('start', () => {
  it('takes what the pipeline takes and gives an execution of its output', async () => {
    const execution = await runtime.start(digest, { path: 'a' });
    expectTypeOf(execution).toEqualTypeOf<Execution<{ digest: string }>>();
    expectTypeOf(execution.result()).toEqualTypeOf<Promise<{ digest: string }>>();
  });

  it('refuses another input', () => {
    // @ts-expect-error a path is a text
    void runtime.start(digest, { path: 1 });
    // @ts-expect-error the input is missing
    void runtime.start(digest);
  });

  it('takes what a schema accepts, not what it makes of it', () => {
    const pipeline = definePipeline({
      id: 'p',
      input: z.object({ on: z.string().transform((text) => text === 'on') }),
      steps: { toggle: { task: files.toggle, input: ({ input }) => input.on } },
    });
    void runtime.start(pipeline, { on: 'on' });
    // @ts-expect-error a boolean comes out of the schema, a text goes in
    void runtime.start(pipeline, { on: true });
  });

  it('takes what a type given by hand says', () => {
    const pipeline = definePipeline({
      id: 'p',
      input: typed<readonly string[]>(),
      steps: { hash: { task: files.hash, each: ({ input }) => input.map((path) => ({ path })) } },
    });
    expectTypeOf(runtime.start(pipeline, ['a'])).toEqualTypeOf<
      Promise<Execution<{ readonly hash: string[] }>>
    >();
    // @ts-expect-error paths are texts
    void runtime.start(pipeline, [1]);
  });

  it('takes a boolean where the first task does', () => {
    const pipeline = definePipeline({ id: 'p', steps: { toggle: { task: files.toggle } } });
    void runtime.start(pipeline, true);
    // @ts-expect-error a text is no boolean
    void runtime.start(pipeline, 'yes');
  });

  it('can do without an input where the pipeline can', () => {
    const count = definePipeline({ id: 'p', steps: { count: { task: files.count } } });
    void runtime.start(count);
    const limit = definePipeline({ id: 'p', steps: { limit: { task: files.limit } } });
    void runtime.start(limit);
    // @ts-expect-error no text
    void runtime.start(limit, 'x');
  });

  it('takes an id and anything, and gives an execution of something', () => {
    expectTypeOf(runtime.start('digest', 1)).toEqualTypeOf<Promise<Execution<unknown>>>();
  });
});

describe('createRuntime', () => {
  it('takes modules and pipelines of any types', () => {
    expectTypeOf(createRuntime({ tasks: [files], pipelines: [digest] })).toEqualTypeOf<
      Promise<Runtime>
    >();
  });

  it('takes only what is a module, a pipeline, an option', () => {
    // @ts-expect-error a URL is no task module
    void createRuntime({ tasks: [new URL('file:///app/files.js')] });
    // @ts-expect-error a definition is no pipeline before it is checked
    void createRuntime({ pipelines: [{ id: 'p', steps: {} }] });
    // @ts-expect-error it is called threads
    void createRuntime({ thread: 4 });
  });

  it('takes health checks that are one call of what returns nothing, and no other nonsense', () => {
    const name = 'connection';
    const kind = 'readiness';
    const ping = (): void => {};
    const pingLater = async (): Promise<void> => {};
    void createRuntime({ health: { checks: [{ name, kind, check: () => ping() }] } });
    void createRuntime({ health: { checks: [{ name, kind, check: pingLater }] } });
    // @ts-expect-error a number is no reading
    void createRuntime({ health: { checks: [{ name, kind, check: () => 5 }] } });
  });

  it('gives what `await using` ends', () => {
    expectTypeOf<Runtime>().toExtend<AsyncDisposable>();
  });
});
