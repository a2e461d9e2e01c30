import { createRuntime, taskModule } from '../../src/index.ts';
import { contestPool } from '../harness/pool.ts';

/** The whole runtime: who ends a thread that hangs, and replaces it, is its worker's supervisor. */
await contestPool<{ readonly grace: number }>(async ({ threads, task, settings: { grace } }) => {
  const url = new URL('../tasks/pool.js', import.meta.url);
  const tasks = taskModule<typeof import('../tasks/pool.ts')>('bench', url);
  const runtime = await createRuntime({ tasks: [tasks], threads, grace });
  return {
    run: (input) => runtime.run(tasks[task].id, input),
    hang: (timeout) => runtime.run(tasks.hang.id, undefined, { timeout }),
    async close() {
      await runtime.shutdown();
    },
    settings: { threads, grace },
  };
});
