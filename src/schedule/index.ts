/** What runs next, how much at once, how often: ready queue, credit, admission, rate. Pure; time is passed in. */
export { Admission } from './admission.ts';
export { CostEstimate, hasCredit, MAX_IN_FLIGHT, WORK_BUDGET } from './credit.ts';
export { Gcra } from './gcra.ts';
export { ReadyQueue } from './ready-queue.ts';
