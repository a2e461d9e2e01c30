import type { MessagePort } from 'node:worker_threads';
import {
  Draft,
  type HostMessage,
  MemorySlots,
  messagePortTransport,
  type ResolvedValueOptions,
  WORKER_VALUES,
  type WorkerMessage,
} from '../ipc/index.ts';
import type { TaskModuleSource } from '../model/index.ts';
import { startHeart } from './heart.ts';
import type { MemoryLimits } from './memory-watch.ts';
import { perform } from './perform.ts';

/** What a thread is started with. */
export interface SessionInput {
  readonly port: MessagePort;
  readonly modules: readonly TaskModuleSource[];
  /** Of `MemorySlots`. */
  readonly shared: Int32Array<SharedArrayBuffer>;
  readonly concurrency: number;
  readonly memory?: MemoryLimits | undefined;
  readonly values?: ResolvedValueOptions | undefined;
}

/**
 * The one Piscina task of each thread. It ends when the host closes the session or a module does
 * not load; any other end is the thread's death.
 */
export default async function runSession(session: SessionInput): Promise<void> {
  const { port, values, shared: memory, ...input } = session;
  const names = WORKER_VALUES;
  const shared = new MemorySlots(memory);
  const draft = new Draft(shared);
  const transport = messagePortTransport<WorkerMessage, HostMessage>(port, {
    names,
    values,
    draft,
  });
  const stopHeart = startHeart(shared);
  // What its tasks have told counts, though one of them ends the thread.
  const sendRest = () => {
    try {
      transport.flush();
    } catch {}
  };
  process.once('exit', sendRest);
  await perform(transport, { ...input, shared });
  process.off('exit', sendRest);
  stopHeart();
}
