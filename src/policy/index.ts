/** What happens around a task besides running it: whether it may run, and when a failed try is made again. */
export { GatedDispatcher } from './gated-dispatcher.ts';
export { retryDelay } from './retry.ts';
