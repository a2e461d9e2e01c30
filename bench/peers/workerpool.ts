import { fileURLToPath } from 'node:url';
import workerpool, { type WorkerPoolOptions } from 'workerpool';
import { contest } from '../harness/contest.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { measureThroughput, type ThroughputWindow } from '../harness/throughput.ts';

type Settings = WorkerPoolOptions;

await contest<ContestParameters<Settings> & ThroughputWindow>(async ({ settings, ...window }) => {
  const pool = workerpool.pool(
    fileURLToPath(new URL('./increment.workerpool.mjs', import.meta.url)),
    settings,
  );
  const value = await measureThroughput((x) => pool.exec('increment', [x]), window);
  await pool.terminate();
  return { value };
});
