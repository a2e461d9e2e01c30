import { createActor } from 'xstate';
import { DONE, executionChart, START, TASK_DONE } from '../charts/execution.ts';
import { contest } from '../harness/contest.ts';
import { microsecondsEach, type RepeatWindow, repeat } from '../harness/repeat.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { startParent } from './xstate.ts';

const BATCH = 1_000;

await contest<ContestParameters<object> & RepeatWindow>(async (window) => {
  const parent = startParent();
  let made = 0;
  const repeated = await repeat(() => {
    for (let i = 0; i < BATCH; i++) {
      const id = `execution-${made++}`;
      const actor = createActor(executionChart, { parent: parent.ref, id, input: { id } });
      actor.start();
      actor.send(START);
      actor.send(TASK_DONE);
      actor.send(DONE);
    }
    if (parent.ended !== made) throw new Error(`${parent.ended} of ${made} ends were told`);
    return BATCH;
  }, window);
  return { value: microsecondsEach(repeated) };
});
