/** Worker threads that perform jobs: the only room that knows Piscina. */
export { type ThreadLimits, WorkerPool } from './worker-pool.ts';
