import { Worker } from 'node:worker_threads';

/** Milliseconds that a process has to end by itself, once its host is gone. */
const GRACE = 500;

/** Runs as it is, whatever the process learnt to load. */
const WATCH = `
  const { Socket } = require('node:net');
  const { workerData } = require('node:worker_threads');
  const line = new Socket({ fd: workerData, readable: true, writable: false });
  line.on('error', () => {});
  line.on('close', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${GRACE}));
  line.resume();
`;

/**
 * Ends this process soon after its host, though a task computes for ever: from a thread of its own, as the
 * main one would not hear of it.
 *
 * @param fd a pipe of which the host holds the other end, as long as it lives
 */
export function dieWithHost(fd: number): void {
  const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 };
  const bare = { env: {}, execArgv: [], resourceLimits };
  new Worker(WATCH, { eval: true, workerData: fd, ...bare }).unref();
}
