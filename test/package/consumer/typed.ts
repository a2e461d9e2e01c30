import { createRuntime, definePipeline, type Runtime, taskModule } from 'troupe';
import { VirtualClock } from 'troupe/testing';

const math = taskModule<typeof import('./typed-tasks.js')>(
  'math',
  new URL('./typed-tasks.js', import.meta.url),
);
const pipeline = definePipeline({
  id: 'add',
  steps: {
    first: { task: math.add },
    second: {
      task: math.add,
      needs: ['first'],
      input: ({ results }) => ({ a: results.first, b: 1 }),
    },
  },
});

export async function use(): Promise<number> {
  const runtime: Runtime = await createRuntime({ tasks: [math], clock: new VirtualClock() });
  const { second } = await (await runtime.start(pipeline, { a: 1, b: 2 })).result();
  // @ts-expect-error the input is not of the task's type
  await runtime.run(math.add, { a: 'one' });
  return second + (await runtime.run(math.add, { a: 1, b: 2 }));
}
