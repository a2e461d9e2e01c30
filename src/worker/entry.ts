import type { MessagePort } from 'node:worker_threads';
import {
  type HostMessage,
  messagePortTransport,
  type ResolvedValueOptions,
  SharedSlot,
  WORKER_VALUES,
  type WorkerMessage,
} from '../ipc/index.ts';
import type { TaskModuleSource } from '../model/index.ts';
import type { MemoryLimits } from './memory-watch.ts';
import { perform } from './perform.ts';

/** What a thread is started with. */
export interface SessionInput {
  readonly port: MessagePort;
  readonly modules: readonly TaskModuleSource[];
  readonly shared: Int32Array;
  readonly concurrency: number;
  readonly memory?: MemoryLimits | undefined;
  readonly values?: ResolvedValueOptions | undefined;
}

/** Milliseconds between two heartbeats. */
const HEARTBEAT = 250;

/**
 * The one Piscina task of each thread. It ends when the host closes the session or a module does
 * not load; any other end is the thread's death.
 */
export default async function runSession(session: SessionInput): Promise<void> {
  const { port, values, ...input } = session;
  const names = WORKER_VALUES;
  const transport = messagePortTransport<WorkerMessage, HostMessage>(port, { names, values });
  const heart = setInterval(heartbeat(input.shared), HEARTBEAT);
  heart.unref();
  await perform(transport, input);
  clearInterval(heart);
}

function heartbeat(shared: Int32Array): () => void {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    Atomics.store(shared, SharedSlot.utilisation, Math.round(utilization * 1_000));
    Atomics.add(shared, SharedSlot.heartbeat, 1);
  };
}
