/** The public test kit: a clock and chance in a test's hand, a pool without threads, a task that fails. */
export { failable } from './failable.ts';
export type { Fate } from './failable-tasks.ts';
export { seededRandom } from './seeded-random.ts';
export {
  type SimulatedContext,
  SimulatedPool,
  type SimulatedPoolOptions,
  type SimulatedTask,
} from './simulated-pool.ts';
export { VirtualClock } from './virtual-clock.ts';
