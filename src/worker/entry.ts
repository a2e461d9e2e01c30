import type { MessagePort } from 'node:worker_threads';
import {
  type HostMessage,
  messagePortTransport,
  PROTOCOL_VERSION,
  SharedSlot,
  WorkerKind,
  type WorkerMessage,
} from '../ipc/index.ts';
import { recordOf, type TaskModuleSource } from '../model/index.ts';
import { type LoadedTask, loadTasks } from './load-tasks.ts';
import { Session } from './session.ts';

/** What a thread is started with. */
export interface SessionInput {
  readonly port: MessagePort;
  readonly modules: readonly TaskModuleSource[];
  readonly shared: Int32Array;
}

/** Milliseconds between two heartbeats. */
const HEARTBEAT = 250;

/**
 * The one Piscina task of each thread. It ends when the host closes the session or a module does
 * not load; any other end is the thread's death.
 */
export default async function runSession({ port, modules, shared }: SessionInput): Promise<void> {
  const transport = messagePortTransport<WorkerMessage, HostMessage>(port);
  let tasks: LoadedTask[];
  try {
    tasks = await loadTasks(modules);
  } catch (error) {
    transport.send([[WorkerKind.refused, recordOf(error)]]);
    transport.close();
    return;
  }
  const session = new Session(transport, tasks, shared, () => performance.now());
  transport.send([[WorkerKind.hello, PROTOCOL_VERSION, tasks.map((task) => task.id)]]);
  const heart = setInterval(() => Atomics.add(shared, SharedSlot.heartbeat, 1), HEARTBEAT);
  heart.unref();
  await session.closed;
  clearInterval(heart);
}
