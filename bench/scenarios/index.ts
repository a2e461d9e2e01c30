/** Every scenario, in the order in which a run without names plays them. */

import type { Scenario } from '../harness/scenario.ts';
import { poolCpu } from './pool-cpu.ts';
import { poolHungNeighbour } from './pool-hung-neighbour.ts';
import { poolLatency } from './pool-latency.ts';
import { poolMemory } from './pool-memory.ts';
import { poolPayload } from './pool-payload.ts';
import { poolThroughput } from './pool-throughput.ts';
import { savina } from './savina.ts';
import { statechartLifecycle } from './statechart-lifecycle.ts';
import { supervisionScale } from './supervision-scale.ts';
import { supervisorChildren } from './supervisor-children.ts';
import { timers } from './timers.ts';

export const scenarios: readonly Scenario[] = [
  poolThroughput,
  poolLatency,
  poolPayload,
  poolCpu,
  poolHungNeighbour,
  poolMemory,
  statechartLifecycle,
  supervisionScale,
  supervisorChildren,
  timers,
  savina,
];
