import { compile, spawnActor } from '../../src/statechart/index.ts';
import { DONE, executionChart, START, TASK_DONE } from '../charts/execution.ts';
import { contest } from '../harness/contest.ts';
import { microsecondsEach, type RepeatWindow, repeat } from '../harness/repeat.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { startRoot } from './engine.ts';

const BATCH = 1_000;

await contest<ContestParameters<object> & RepeatWindow>(async (window) => {
  const machine = compile(executionChart);
  const root = startRoot();
  const parent = root.actor;
  let made = 0;
  const repeated = await repeat(() => {
    for (let i = 0; i < BATCH; i++) {
      const id = `execution-${made++}`;
      const actor = spawnActor(machine, { parent, id, input: { id } });
      actor.start();
      actor.send(START);
      actor.send(TASK_DONE);
      actor.send(DONE);
    }
    if (root.ended !== made) throw new Error(`${root.ended} of ${made} ends were told`);
    return BATCH;
  }, window);
  return { value: microsecondsEach(repeated) };
});
