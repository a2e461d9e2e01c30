import { compile, spawnActor } from '../../src/statechart/index.ts';
import { waitingChart } from '../charts/waiting.ts';
import { type ArmedWindow, measureArmed } from '../harness/armed.ts';
import { contest } from '../harness/contest.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { startRoot } from './engine.ts';

await contest<ContestParameters<object> & ArmedWindow>(async (window) => {
  const machine = compile(waitingChart);
  const parent = startRoot().actor;
  const start = (id: string) => spawnActor(machine, { parent, id, input: undefined }).start();
  return { value: await measureArmed(start, window) };
});
