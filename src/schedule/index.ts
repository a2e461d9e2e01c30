/** What runs next, how much at once, how often, and where to: dispatch queue, balancers, credit, admission, rate. Pure; time is passed in. */
export { Admission } from './admission.ts';
export { AdmissionControl, type Waiter } from './admission-control.ts';
export {
  type BalancedTask,
  type Balancer,
  leastBusy,
  leastElu,
  leastLoaded,
  roundRobin,
  stickyByKey,
  type WorkerLoad,
  weighted,
} from './balance.ts';
export { CostEstimate, hasCredit, LONG, MAX_IN_FLIGHT, WORK_BUDGET } from './credit.ts';
export {
  checkDispatchRate,
  checkKeyPolicy,
  type DispatchQueueOptions,
  type DispatchRate,
  type KeyPolicy,
} from './dispatch-options.ts';
export { DispatchQueue } from './dispatch-queue.ts';
export { Gcra } from './gcra.ts';
export { MAX_PRIORITY, MIN_PRIORITY, priorityLevel } from './priority-levels.ts';
export type { QueueItem } from './queue-level.ts';
