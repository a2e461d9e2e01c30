import { Piscina } from 'piscina';
import { contest } from '../harness/contest.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { measureThroughput, type ThroughputWindow } from '../harness/throughput.ts';

type Settings = ConstructorParameters<typeof Piscina>[0];

await contest<ContestParameters<Settings> & ThroughputWindow>(async ({ settings, ...window }) => {
  const pool = new Piscina({
    ...settings,
    filename: new URL('./increment.mjs', import.meta.url).href,
  });
  const value = await measureThroughput((x) => pool.run(x), window);
  await pool.destroy();
  return { value };
});
