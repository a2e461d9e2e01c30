/** Worker threads that perform jobs: the only room that knows Piscina. */
export { WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';
