/**
 * What a child of a supervisor costs that was added with `startChild`, with its own specification or
 * of a dynamic supervisor's template: it is started, and stopped alone or with its supervisor. The
 * cost of one must not grow with how many there are.
 */

import { ours } from '../harness/contestant.ts';
import type { Scenario, Variant } from '../harness/scenario.ts';

export const supervisorChildren: Scenario = {
  name: 'supervisor-children',
  summary: 'a child added to a supervisor and stopped, of so many',
  unit: 'µs/child',
  higherIsBetter: false,
  variants: [
    of('10k', 10_000, 'one_for_one'),
    of('1k', 1_000, 'one_for_one'),
    of('100k', 100_000, 'one_for_one'),
    of('dynamic-1k', 1_000, 'dynamic'),
    of('dynamic-10k', 10_000, 'dynamic'),
    of('dynamic-100k', 100_000, 'dynamic'),
  ],
  parameters: { warmupMs: 500, measureMs: 1_000 },
  quickParameters: { children: 100, warmupMs: 20, measureMs: 50 },
  timeLimitMs: 60_000,
  subject: ours('supervisor-children'),
  peers: [],
};

function of(name: string, children: number, strategy: 'one_for_one' | 'dynamic'): Variant {
  return { name, parameters: { children, strategy } };
}
