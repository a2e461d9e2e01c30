import { compile, spawnActor } from '../../src/statechart/index.ts';
import { statecharts } from '../charts/savina.ts';
import { contest } from '../harness/contest.ts';
import { measureSavina, type SavinaParameters } from '../harness/savina.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { startRoot } from './engine.ts';

await contest<ContestParameters<object> & SavinaParameters>(async (parameters) => {
  const root = startRoot();
  const benchmarks = statecharts({
    prepare: compile,
    start: (machine, id, input) =>
      spawnActor(machine, { parent: root.actor, id, input } as never).start(),
    get ended() {
      return root.ended;
    },
  });
  return { value: await measureSavina(benchmarks, parameters) };
});
