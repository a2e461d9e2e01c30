/** What runs next, and how much at once: ready queue, credit, admission. Pure; time is passed in. */
export { Admission } from './admission.ts';
export { CostEstimate, hasCredit, MAX_IN_FLIGHT, WORK_BUDGET } from './credit.ts';
export { ReadyQueue } from './ready-queue.ts';
