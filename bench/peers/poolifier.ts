import { fileURLToPath } from 'node:url';
import { FixedThreadPool, type ThreadPoolOptions } from 'poolifier';
import { contestPool } from '../harness/pool.ts';

await contestPool<ThreadPoolOptions>(({ threads, task, settings: given }) => {
  const settings = {
    enableEvents: false,
    enableTasksQueue: false,
    workerChoiceStrategy: 'LEAST_USED',
    ...given,
  } as const;
  const file = fileURLToPath(new URL('./poolifier-tasks.js', import.meta.url));
  const pool = new FixedThreadPool(threads, file, { ...settings });
  return {
    run: (input) => pool.execute(input, task),
    queued: () => pool.info.queuedTasks ?? 0,
    async close() {
      // Not awaited: now and then it misses a thread's exit and never settles.
      void pool.destroy();
    },
    settings: { threads, ...settings },
  };
});
