import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type TaskReference, taskModule } from '../../src/model/index.ts';
import { defineTask, type TaskContext } from '../../src/task.ts';

const hash = defineTask(
  { input: z.object({ path: z.string(), rounds: z.number().default(1) }), timeout: 5 },
  async ({ path, rounds }, ctx) => {
    expectTypeOf(path).toEqualTypeOf<string>();
    expectTypeOf(rounds).toEqualTypeOf<number>();
    expectTypeOf(ctx).toEqualTypeOf<TaskContext>();
    return path.length + rounds;
  },
);
const plain = defineTask({ output: z.string() }, (n: number) => String(n));
const count = defineTask({ output: z.number() }, function* (last: number) {
  for (let n = 1; n <= last; n++) yield n;
  return 'counted';
});
const echo = defineTask({ input: z.string() }, async function* (text, ctx) {
  for await (const message of ctx.messages) yield [text, message] as const;
});

describe('a task that declares something', () => {
  const module = taskModule<{
    hash: typeof hash;
    plain: typeof plain;
    count: typeof count;
    echo: typeof echo;
  }>('m', 'file:///app/m.js');

  it('takes what its schema takes, and gives what it gives', () => {
    type Hash = TaskReference<{ path: string; rounds?: number | undefined }, number, never>;
    expectTypeOf(module.hash).toEqualTypeOf<Hash>();
    expectTypeOf(module.plain).toEqualTypeOf<TaskReference<number, string, never>>();
  });

  it('yields what it yields', () => {
    expectTypeOf(module.count).toEqualTypeOf<TaskReference<number, number[], number, string>>();
    type Said = readonly [string, unknown];
    expectTypeOf(module.echo).toEqualTypeOf<TaskReference<string, Said[], Said, void>>();
  });

  it('must fit its schemas', () => {
    // @ts-expect-error it gives a number
    defineTask({ output: z.string() }, (n: number) => n);
    // @ts-expect-error it yields numbers
    defineTask({ output: z.array(z.number()) }, function* (n: number) {
      yield n;
    });
    // @ts-expect-error there is no such option
    defineTask({ timout: 5 }, (n: number) => n);
  });
});
