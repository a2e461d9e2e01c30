import { describe, expectTypeOf, it } from 'vitest';
import { type TaskReference, taskModule, taskReference } from '../../src/model/index.ts';
import type { TaskContext } from '../../src/worker/index.ts';

interface Exports {
  both(input: { readonly path: string }, context: TaskContext): Promise<Uint8Array>;
  plain(input: string): number;
  optional(input?: string): number;
  nothing(): Promise<void>;
  union(input: string | number): string | undefined;
  lines(input: { readonly path: string }): AsyncGenerator<string, number>;
  numbers(): Generator<number, void, unknown>;
  parsed(text: string): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: what JSON.parse gives
  whatever(text: string): any;
  onWorkerStart(): Promise<void>;
  onWorkerStop(): void;
  onWorkerStopped(): void;
  readonly version: string;
  readonly Codec: new (level: number) => object;
}

/** A task that yields nothing. */
type Plain<Input, Output> = TaskReference<Input, Output, never>;

const tasks = taskModule<Exports>('tasks', new URL('file:///app/tasks.js'));

describe('a task of a module', () => {
  it('takes what the function takes first, and gives what it gives in the end', () => {
    expectTypeOf(tasks.both).toEqualTypeOf<Plain<{ readonly path: string }, Uint8Array>>();
    expectTypeOf(tasks.plain).toEqualTypeOf<Plain<string, number>>();
    expectTypeOf(tasks.union).toEqualTypeOf<Plain<string | number, string | undefined>>();
  });

  it('may take nothing', () => {
    expectTypeOf(tasks.nothing).toEqualTypeOf<Plain<void, void>>();
    expectTypeOf(tasks.optional).toEqualTypeOf<Plain<string | undefined, number>>();
  });

  it('yields pieces where it is a generator, gives them all, and returns what it returns', () => {
    type Lines = TaskReference<{ readonly path: string }, string[], string, number>;
    expectTypeOf(tasks.lines).toEqualTypeOf<Lines>();
    expectTypeOf(tasks.numbers).toEqualTypeOf<TaskReference<void, number[], number, void>>();
  });

  it('may yield where nothing is known of what it gives', () => {
    expectTypeOf(tasks.parsed).toEqualTypeOf<TaskReference<string, unknown, unknown>>();
    // biome-ignore lint/suspicious/noExplicitAny: it stays what it is
    expectTypeOf(tasks.whatever).toEqualTypeOf<TaskReference<string, any, unknown>>();
  });

  it('must be exported', () => {
    // @ts-expect-error the module exports no such thing
    void tasks.missing;
  });

  it('must be a function', () => {
    // @ts-expect-error a text is no task
    void tasks.version;
    // @ts-expect-error a class is no task
    void tasks.Codec;
  });

  it('must be no hook of the workers', () => {
    // @ts-expect-error it runs when a worker starts
    void tasks.onWorkerStart;
    // @ts-expect-error it runs before a worker stops
    void tasks.onWorkerStop;
    expectTypeOf(tasks.onWorkerStopped).toEqualTypeOf<Plain<void, void>>();
  });

  it('is the type of a module as it is imported', () => {
    const failable = taskModule<typeof import('../../src/testing/failable-tasks.ts')>(
      'failable',
      'file:///app/failable.js',
    );
    expectTypeOf(failable.failable).toExtend<TaskReference<{ readonly fate: 'exit' }, unknown>>();
  });
});

describe('a module without types', () => {
  it('has every task, of anything', () => {
    const module = taskModule('any', 'file:///app/any.js');
    expectTypeOf(module.whatever).toEqualTypeOf<TaskReference<unknown, unknown> | undefined>();
  });
});

describe('a task reference', () => {
  it('can stand for one that takes less and gives more', () => {
    const general = {} as TaskReference<string | number, 'a'>;
    expectTypeOf(general).toExtend<TaskReference<string, string>>();
    const narrow = {} as TaskReference<string, string>;
    // @ts-expect-error it does not take numbers
    narrow satisfies TaskReference<string | number, string>;
    // @ts-expect-error it gives any text
    narrow satisfies TaskReference<string, 'a'>;
  });

  it('made of names takes nothing that the compiler knows of', () => {
    expectTypeOf(taskReference('a', 'b')).toEqualTypeOf<TaskReference<never, unknown>>();
  });
});
