import { fileURLToPath } from 'node:url';
import workerpool, { type WorkerPoolOptions } from 'workerpool';
import { contestPool } from '../harness/pool.ts';

await contestPool<WorkerPoolOptions>(({ threads, task, settings: given }) => {
  const settings = {
    workerType: 'thread',
    minWorkers: threads,
    maxWorkers: threads,
    ...given,
  } as const;
  const file = fileURLToPath(new URL('./workerpool-tasks.js', import.meta.url));
  const pool = workerpool.pool(file, settings);
  return {
    run: (input) => pool.exec(task, [input]),
    move: (buffer) => pool.exec('stampAndMove', [buffer], { transfer: [buffer] }),
    hang: (ms) => pool.exec('hang', []).timeout(ms),
    queued: () => pool.stats().pendingTasks,
    async close() {
      await pool.terminate();
    },
    settings,
  };
});
