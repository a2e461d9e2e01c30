import { contest } from '../harness/contest.ts';
import type { ContestParameters, JsonObject } from '../harness/scenario.ts';
import { measureThroughput, type ThroughputWindow } from '../harness/throughput.ts';
import { openPool } from './troupe-pool.ts';

type Parameters = ContestParameters<{ readonly threads: number }> & ThroughputWindow;

await contest<Parameters>(async ({ settings, inFlight, warmupMs, measureMs }) => {
  const pool = await openPool(settings.threads);
  const value = await measureThroughput((x) => pool.run(x), { inFlight, warmupMs, measureMs });
  await pool.close();
  return { value, settings: { ...settings, ...(pool.settings as JsonObject) } };
});
