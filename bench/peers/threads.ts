import { Worker } from 'node:worker_threads';
import { contestPool } from '../harness/pool.ts';

/** Threads and nothing else: tasks go round and round, and each thread answers in order. */
await contestPool(({ threads, task, settings }) => {
  const file = new URL('./threads-tasks.js', import.meta.url);
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(file, { workerData: task });
    const waiting: ((output: unknown) => void)[] = [];
    worker.on('message', (output) => waiting.shift()?.(output));
    return { worker, waiting };
  });
  let next = 0;
  return {
    run(input) {
      const { worker, waiting } = workers[next++ % threads] as (typeof workers)[number];
      worker.postMessage(input);
      return new Promise((resolve) => waiting.push(resolve));
    },
    async close() {
      await Promise.all(workers.map(({ worker }) => worker.terminate()));
    },
    settings: { threads, ...settings },
  };
});
