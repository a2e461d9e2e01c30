import { fileURLToPath } from 'node:url';
import { FixedThreadPool, type ThreadPoolOptions } from 'poolifier';
import { contest } from '../harness/contest.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { measureThroughput, type ThroughputWindow } from '../harness/throughput.ts';

type Settings = ThreadPoolOptions & { readonly threads: number };

await contest<ContestParameters<Settings> & ThroughputWindow>(async ({ settings, ...window }) => {
  const { threads, ...options } = settings;
  const pool = new FixedThreadPool<number, number>(
    threads,
    fileURLToPath(new URL('./increment.poolifier.mjs', import.meta.url)),
    options,
  );
  const value = await measureThroughput((x) => pool.execute(x), window);
  // Not awaited: now and then it misses a thread's exit and never settles.
  void pool.destroy();
  return { value };
});
