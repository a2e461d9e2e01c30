/** Every scenario, in the order in which a run without names plays them. */

import type { Scenario } from '../harness/scenario.ts';
import { poolThroughput } from './pool-throughput.ts';

export const scenarios: readonly Scenario[] = [poolThroughput];
