import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  type CachePolicy,
  constant,
  type TaskReference,
  taskModule,
  typed,
} from '../../src/model/index.ts';
import { definePipeline, type Pipeline } from '../../src/pipeline/index.ts';

interface Files {
  list(input: { readonly dir: string }): Promise<string[]>;
  hash(path: string): Promise<number>;
  report(hashes: readonly number[]): string;
  count(): number;
  limit(most?: number): number;
  toggle(on: boolean): boolean;
  find(key: string | number): string;
  echo(value: unknown): string;
  size(input: { readonly unit: 'KB' }): number;
}

const files = taskModule<Files>('files', 'file:///app/files.js');

describe('the input of a pipeline', () => {
  it('is what the task of its first step takes', () => {
    const pipeline = definePipeline({ id: 'p', steps: { list: { task: files.list } } });
    expectTypeOf(pipeline).toEqualTypeOf<
      Pipeline<{ readonly dir: string }, { readonly list: string[] }>
    >();
  });

  it('is that also when the first step works its own input out of it', () => {
    const pipeline = definePipeline({
      id: 'p',
      steps: { list: { task: files.list, input: ({ input }) => ({ dir: `${input.dir}/src` }) } },
    });
    expectTypeOf(pipeline).toEqualTypeOf<
      Pipeline<{ readonly dir: string }, { readonly list: string[] }>
    >();
  });

  it('is what suits all first steps', () => {
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        size: { task: files.size },
        count: { task: files.count },
      },
    });
    expectTypeOf(pipeline).toEqualTypeOf<
      Pipeline<
        { readonly dir: string } & { readonly unit: 'KB' },
        { readonly list: string[]; readonly size: number; readonly count: number }
      >
    >();
  });

  it('stays a union where the task takes one thing or another', () => {
    expectTypeOf(definePipeline({ id: 'p', steps: { a: { task: files.find } } })).toEqualTypeOf<
      Pipeline<string | number, { readonly a: string }>
    >();
    expectTypeOf(definePipeline({ id: 'p', steps: { a: { task: files.toggle } } })).toEqualTypeOf<
      Pipeline<boolean, { readonly a: boolean }>
    >();
    expectTypeOf(definePipeline({ id: 'p', steps: { a: { task: files.limit } } })).toEqualTypeOf<
      Pipeline<number | undefined, { readonly a: number }>
    >();
    expectTypeOf(definePipeline({ id: 'p', steps: { a: { task: files.echo } } })).toEqualTypeOf<
      Pipeline<unknown, { readonly a: string }>
    >();
  });

  it('is nothing where no first step takes anything', () => {
    expectTypeOf(definePipeline({ id: 'p', steps: { a: { task: files.count } } })).toEqualTypeOf<
      Pipeline<void, { readonly a: number }>
    >();
  });

  it('is what a type given by hand says', () => {
    const pipeline = definePipeline({
      id: 'p',
      input: typed<string[]>(),
      steps: { hash: { task: files.hash, each: ({ input }) => input } },
    });
    expectTypeOf(pipeline).toEqualTypeOf<Pipeline<string[], { readonly hash: number[] }>>();
  });

  it('is what a schema accepts, and the steps are given what the schema makes of it', () => {
    const pipeline = definePipeline({
      id: 'p',
      input: z.object({ at: z.string().transform(Number), deep: z.boolean().default(false) }),
      steps: {
        list: {
          task: files.list,
          input: ({ input }) => {
            expectTypeOf(input).toEqualTypeOf<{ at: number; deep: boolean }>();
            return { dir: String(input.at) };
          },
        },
      },
      output: ({ input, results }) => [input.deep, results.list] as const,
    });
    expectTypeOf(pipeline).toEqualTypeOf<
      Pipeline<{ at: string; deep?: boolean | undefined }, readonly [boolean, string[]]>
    >();
  });

  it('must suit a first step that is given it as it is', () => {
    definePipeline({
      id: 'p',
      input: typed<{ readonly path: string }>(),
      steps: {
        // @ts-expect-error the task takes a dir, the pipeline has a path
        list: { task: files.list },
        echo: { task: files.echo },
        count: { task: files.count },
      },
    });
    definePipeline({
      id: 'p',
      input: typed<{ readonly dir: string; readonly more: number }>(),
      steps: { list: { task: files.list } },
    });
  });

  it('must be used as what it is', () => {
    definePipeline({
      id: 'p',
      input: typed<{ readonly dir: number }>(),
      steps: {
        // @ts-expect-error the task takes a text, the pipeline has a number
        list: { task: files.list, input: ({ input }) => ({ dir: input.dir }) },
      },
    });
    definePipeline({
      id: 'p',
      input: z.object({ dir: z.string() }),
      steps: {
        // @ts-expect-error the schema knows no path
        list: { task: files.list, input: ({ input }) => ({ dir: input.path }) },
      },
    });
  });

  it('must be described by a schema', () => {
    definePipeline({
      id: 'p',
      input: typed<string>(),
      steps: { hash: { task: files.hash } },
      // @ts-expect-error the input is a text
      output: ({ input }) => input.dir,
    });
  });
});

describe('the task of a step', () => {
  it('must be one of its module', () => {
    definePipeline({
      id: 'p',
      // @ts-expect-error the module has no such task
      steps: { list: { task: files.lst } },
    });
  });

  it('must be a task', () => {
    definePipeline({
      id: 'p',
      // @ts-expect-error a function is no task reference
      steps: { list: { task: (dir: string) => [dir] } },
    });
    definePipeline({
      id: 'p',
      // @ts-expect-error a step without a task
      steps: { list: {} },
    });
  });
});

describe('the needs of a step', () => {
  it('must be steps of the pipeline', () => {
    definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        // @ts-expect-error there is no step of this name
        count: { task: files.count, needs: ['lst'] },
      },
    });
  });

  it('must not hold the step itself', () => {
    definePipeline({
      id: 'p',
      // @ts-expect-error a step cannot wait for itself
      steps: { count: { task: files.count, needs: ['count'] } },
    });
  });

  it('may be none: the step is a first one then', () => {
    const pipeline = definePipeline({ id: 'p', steps: { list: { task: files.list, needs: [] } } });
    expectTypeOf(pipeline).toEqualTypeOf<
      Pipeline<{ readonly dir: string }, { readonly list: string[] }>
    >();
  });

  it('are the results that its functions see', () => {
    definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        count: { task: files.count },
        hash: { task: files.hash, needs: ['list'], each: ({ results }) => results.list },
        report: {
          task: files.report,
          needs: ['hash', 'count'],
          input: ({ results }) => {
            expectTypeOf(results).toEqualTypeOf<{
              readonly hash: number[];
              readonly count: number;
            }>();
            return results.hash;
          },
        },
      },
    });
  });

  it('are the only results that its functions see', () => {
    definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        count: { task: files.count },
        // @ts-expect-error it does not need `list`
        hash: { task: files.hash, needs: ['count'], each: ({ results }) => results.list },
      },
    });
    definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        // @ts-expect-error it needs nothing
        hash: { task: files.hash, each: ({ results }) => results.list },
      },
    });
  });
});

describe('the input of a step', () => {
  it('must be what its task takes', () => {
    definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        // @ts-expect-error the task takes one text, not all of them
        hash: { task: files.hash, needs: ['list'], input: ({ results }) => results.list },
      },
    });
  });

  it('must be there at once', () => {
    definePipeline({
      id: 'p',
      steps: {
        count: { task: files.count },
        // @ts-expect-error nobody waits for a promise
        hash: { task: files.hash, needs: ['count'], input: async () => 'path' },
      },
    });
  });

  it('must not be left out behind another step, when the task takes one', () => {
    definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        // @ts-expect-error nothing says what to hash
        hash: { task: files.hash, needs: ['list'] },
      },
    });
  });

  it('may be left out when the task takes nothing, or can do without', () => {
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        count: { task: files.count, needs: ['list'] },
        limit: { task: files.limit, needs: ['count'] },
        echo: { task: files.echo, needs: ['limit'] },
      },
      output: ({ results }) => results.limit,
    });
    expectTypeOf(pipeline).toEqualTypeOf<Pipeline<{ readonly dir: string }, number>>();
  });
});

describe('a step that fans out', () => {
  it('gives an array of what its task gives', () => {
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        hash: { task: files.hash, needs: ['list'], each: ({ results }) => results.list },
        report: { task: files.report, needs: ['hash'], input: ({ results }) => results.hash },
      },
    });
    expectTypeOf(pipeline).toEqualTypeOf<
      Pipeline<
        { readonly dir: string },
        { readonly list: string[]; readonly hash: number[]; readonly report: string }
      >
    >();
  });

  it('gives no single output', () => {
    definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        hash: { task: files.hash, needs: ['list'], each: ({ results }) => results.list },
        // @ts-expect-error the result is an array of numbers
        limit: { task: files.limit, needs: ['hash'], input: ({ results }) => results.hash },
      },
    });
  });

  it('must give items that its task takes', () => {
    definePipeline({
      id: 'p',
      steps: {
        list: { task: files.list },
        hash: {
          task: files.hash,
          needs: ['list'],
          // @ts-expect-error the task takes texts
          each: ({ results }) => results.list.map((path) => path.length),
        },
      },
    });
  });

  it('must give an array', () => {
    definePipeline({
      id: 'p',
      // @ts-expect-error a text is no array
      steps: { hash: { task: files.hash, each: () => 'path' } },
    });
    definePipeline({
      id: 'p',
      // @ts-expect-error a set is no array
      steps: { hash: { task: files.hash, each: () => new Set(['path']) } },
    });
  });
});

describe('the options of a step', () => {
  it('are checked', () => {
    definePipeline({
      id: 'p',
      steps: {
        list: {
          task: files.list,
          retry: constant(),
          timeout: 5,
          concurrency: 3,
          cache: { ttl: 1_000 },
        },
      },
    });
    definePipeline({
      id: 'p',
      // @ts-expect-error milliseconds are a number
      steps: { list: { task: files.list, timeout: '5 s' } },
    });
    definePipeline({
      id: 'p',
      // @ts-expect-error a retry is more than a number of tries
      steps: { list: { task: files.list, retry: 3 } },
    });
  });

  it('know what the task takes and gives', () => {
    const plain: CachePolicy = { ttl: 1_000, version: 2, scope: 'execution' };
    const own: CachePolicy<{ readonly dir: string }, string[]> = { ttl: 1, key: ({ dir }) => dir };
    definePipeline({
      id: 'p',
      steps: {
        list: {
          task: files.list,
          cache: {
            ttl: 1_000,
            key: ({ dir }) => dir,
            tags: ({ dir }, paths) => [dir, ...paths.map((path) => path.toUpperCase())],
          },
        },
        hash: {
          task: files.hash,
          needs: ['list'],
          each: ({ results }) => results.list,
          cache: { ttl: 1_000, key: (path) => path.trim(), tags: (_, hash) => [hash.toFixed()] },
        },
        again: { task: files.list, cache: own },
        count: { task: files.count, cache: plain },
      },
    });
    definePipeline({
      id: 'p',
      // @ts-expect-error there is no such field of the input
      steps: { list: { task: files.list, cache: { ttl: 1, key: ({ path }) => path } } },
    });
    definePipeline({
      id: 'p',
      // @ts-expect-error a number is no key
      steps: { list: { task: files.list, cache: { ttl: 1, key: () => 5 } } },
    });
    definePipeline({
      id: 'p',
      // @ts-expect-error it is the cache of a task that takes something else
      steps: { hash: { task: files.hash, cache: own } },
    });
    definePipeline({
      id: 'p',
      // @ts-expect-error there is no such scope
      steps: { list: { task: files.list, cache: { ttl: 1, scope: 'process' } } },
    });
  });

  it('must be options: a misspelt one is refused', () => {
    definePipeline({
      id: 'p',
      steps: {
        list: {
          task: files.list,
          // @ts-expect-error it is called retry
          retries: constant(),
        },
      },
    });
  });
});

describe('the output of a pipeline', () => {
  it('is all results, by step, unless it is said', () => {
    const pipeline = definePipeline({
      id: 'p',
      steps: { list: { task: files.list }, count: { task: files.count, needs: ['list'] } },
    });
    expectTypeOf(pipeline).toEqualTypeOf<
      Pipeline<{ readonly dir: string }, { readonly list: string[]; readonly count: number }>
    >();
  });

  it('is what the output function gives', () => {
    const pipeline = definePipeline({
      id: 'p',
      steps: { list: { task: files.list } },
      output: ({ input, results }) => ({ dir: input.dir, found: results.list.length }),
    });
    expectTypeOf(pipeline).toEqualTypeOf<
      Pipeline<{ readonly dir: string }, { dir: string; found: number }>
    >();
  });

  it('is made of the results that there are', () => {
    definePipeline({
      id: 'p',
      steps: { list: { task: files.list } },
      // @ts-expect-error there is no such step
      output: ({ results }) => results.hash,
    });
  });
});

describe('steps that are made in a loop', () => {
  it('may need one another by any name', () => {
    const steps: Record<string, { task: TaskReference<unknown, number>; needs: string[] }> = {};
    const pipeline = definePipeline({ id: 'p', input: typed<string>(), steps });
    expectTypeOf(pipeline).toExtend<Pipeline<string, Readonly<Record<string, number>>>>();
  });
});

describe('a task reference known by its types alone', () => {
  it('serves as well as one of a module', () => {
    const task = {} as TaskReference<{ readonly path: string }, Date>;
    const pipeline = definePipeline({ id: 'p', steps: { date: { task } } });
    expectTypeOf(pipeline).toEqualTypeOf<
      Pipeline<{ readonly path: string }, { readonly date: Date }>
    >();
  });
});
