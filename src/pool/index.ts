/** Worker threads that perform jobs: the only room that knows Piscina. */
export { BroadcastJob, type WorkerAnswer } from './broadcast.ts';
export type { DurationSummary } from './histogram.ts';
export type { RecycleOptions } from './link-host.ts';
export type { ThreadLimits } from './pool-options.ts';
export type { PoolStats, Usage, WorkerStats } from './pool-stats.ts';
export { WorkerPool } from './worker-pool.ts';
