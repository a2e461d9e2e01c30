/** What happens around a task besides running it: whether and when a failed try is made again. */
export { retryDelay } from './retry.ts';
