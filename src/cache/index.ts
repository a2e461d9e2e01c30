/** Results of tasks, remembered by their input for a while. */
export { type CachedResult, ResultCache } from './result-cache.ts';
