import { expectTypeOf, test } from 'vitest';
import { setup } from 'xstate';
import { fromTask, type Runtime, type TaskReference } from '../../src/index.ts';

declare const runtime: Runtime;
declare const task: TaskReference<{ readonly path: string }, number>;

const free = setup({}).createMachine({});
const demanding = setup({ types: { input: {} as { readonly upTo: number } } }).createMachine({});

test('an input that the logic demands must be given', async () => {
  await runtime.spawn(free);
  await runtime.spawn(free, { id: 'a' });
  const actor = await runtime.spawn(demanding, { input: { upTo: 3 } });
  expectTypeOf(actor.id).toEqualTypeOf<string>();
  // @ts-expect-error it is missing
  await runtime.spawn(demanding);
  // @ts-expect-error it is missing
  await runtime.spawn(demanding, { id: 'a' });
  // @ts-expect-error it is another
  await runtime.spawn(demanding, { input: { upTo: 'three' } });
  // @ts-expect-error it is missing
  await runtime.spawn(fromTask(task));
  await runtime.spawn(fromTask(task), { input: { path: 'x' } });
});
