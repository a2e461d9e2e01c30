/** Workers that perform jobs, on threads and in processes: the only room that knows Piscina. */
export { BroadcastJob, type WorkerAnswer } from './broadcast.ts';
export type { Carried, Carrier, SessionSettings } from './carrier.ts';
export type { DurationSummary } from './histogram.ts';
export type { RecycleOptions } from './link-host.ts';
export type { ThreadLimits, WorkerPoolOptions } from './pool-options.ts';
export type { PoolStats, Usage, WorkerStats } from './pool-stats.ts';
export { ProcessCarrier } from './process-carrier.ts';
export { checkThreadPlace } from './thread-check.ts';
export { WorkerPool, type WorkerSilence } from './worker-pool.ts';
