import { createActor } from 'xstate';
import { statecharts } from '../charts/savina.ts';
import { contest } from '../harness/contest.ts';
import { measureSavina, type SavinaParameters } from '../harness/savina.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { startParent } from './xstate.ts';

await contest<ContestParameters<object> & SavinaParameters>(async (parameters) => {
  const parent = startParent();
  const benchmarks = statecharts({
    prepare: (machine) => machine,
    start: (machine, id, input) =>
      createActor(machine, { parent: parent.ref, id, input } as never).start(),
    get ended() {
      return parent.ended;
    },
  });
  return { value: await measureSavina(benchmarks, parameters) };
});
