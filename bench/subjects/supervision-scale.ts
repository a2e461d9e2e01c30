import { Supervisor } from '../../actors/supervisor.ts';
import { compile } from '../../src/statechart/index.ts';
import { DONE, executionChart, START, TASK_DONE } from '../charts/execution.ts';
import { type ChurnWindow, measureChurn, measureHeap } from '../harness/churn.ts';
import { contest } from '../harness/contest.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { clock } from './engine.ts';

type Parameters = ChurnWindow & { readonly measure: 'time' | 'heap' };

await contest<ContestParameters<object> & Parameters>(async ({ measure, ...window }) => {
  const machine = compile(executionChart);
  const sink = { publish() {} };
  const random = { next: Math.random };
  const supervisor = new Supervisor({ id: 'executions', strategy: 'dynamic', clock, random, sink });
  await supervisor.start();
  const onCrash = (error: unknown) => {
    throw error;
  };
  const parent = {
    spawn(id: string) {
      const actor = supervisor.spawn(id, machine, { id }, onCrash);
      actor.send(START);
      return actor;
    },
    finish(actor: ReturnType<typeof this.spawn>) {
      actor.send(TASK_DONE);
      actor.send(DONE);
    },
    get size() {
      return supervisor.size;
    },
  };
  const value =
    measure === 'heap' ? measureHeap(parent, window.live) : await measureChurn(parent, window);
  return { value };
});
