import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRuntime, definePipeline, type Runtime, taskModule } from '../../src/index.ts';

const tasks = taskModule<typeof import('./fixtures/declared-cache.ts')>(
  'tasks',
  new URL('./fixtures/declared-cache.ts', import.meta.url),
);

describe('a cache that a task declares', () => {
  let runtime: Runtime;

  beforeAll(async () => {
    runtime = await createRuntime({ tasks: [tasks], threads: 1 });
  });

  afterAll(() => runtime.shutdown());

  beforeEach(() => void runtime.cache.clear());

  it('serves its runs, and those of no other task', async () => {
    const first = await runtime.run(tasks.kept, 1);
    expect(await runtime.run('tasks.kept', 1)).toBe(first);
    expect(await runtime.run(tasks.kept, 2)).toBe(first + 1);
    expect(await runtime.run(tasks.plain, 1)).not.toBe(await runtime.run(tasks.plain, 1));
    expect(runtime.cache.invalidate({ tag: 'kept' })).toBe(2);
    expect(await runtime.run(tasks.kept, 1)).toBeGreaterThan(first);
  });

  it('serves the steps that say nothing else', async () => {
    const pipeline = definePipeline({
      id: 'p',
      steps: {
        first: { task: tasks.kept, input: () => 1 },
        again: { task: tasks.kept, needs: ['first'], input: () => 1 },
        never: { task: tasks.kept, needs: ['again'], input: () => 1, cache: false },
        other: {
          task: tasks.kept,
          needs: ['never'],
          input: () => 1,
          cache: { ttl: 1, version: 2 },
        },
      },
    });
    const { first, again, never, other } = await (await runtime.start(pipeline, 1)).result();
    expect([again, never, other].map((call) => call - first)).toEqual([0, 1, 2]);
    expect(await (await runtime.start(pipeline, 1)).result()).toMatchObject({ first, again });
  });

  it('is not for a run that wants none, or one of its own', async () => {
    const first = await runtime.run(tasks.kept, 1);
    expect(await runtime.run(tasks.kept, 1, { cache: false })).toBe(first + 1);
    expect(await runtime.run(tasks.kept, 1, { cache: { ttl: 1_000 } })).toBe(first + 2);
    expect(await runtime.run(tasks.kept, 1)).toBe(first);
  });
});
