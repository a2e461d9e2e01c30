import { createActor } from 'xstate';
import { waitingChart } from '../charts/waiting.ts';
import { type ArmedWindow, measureArmed } from '../harness/armed.ts';
import { contest } from '../harness/contest.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { startParent } from './xstate.ts';

await contest<ContestParameters<object> & ArmedWindow>(async (window) => {
  const parent = startParent().ref;
  const start = (id: string) => createActor(waitingChart, { parent, id }).start();
  return { value: await measureArmed(start, window) };
});
