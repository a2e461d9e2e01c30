/** Results of tasks, remembered by their input for a while, and attempts shared by equal calls. */
export { cacheKey } from './cache-key.ts';
export type { CacheCounts, CacheStats } from './cache-stats.ts';
export { ResultCache } from './result-cache.ts';
export { type CacheFilter, type RuntimeCache, runtimeCache } from './runtime-cache.ts';
