import {
  type HostMessage,
  PROTOCOL_VERSION,
  type SharedSlots,
  type TaskAnnouncement,
  type Transport,
  WorkerKind,
  type WorkerMessage,
} from '../ipc/index.ts';
import { recordOf, type TaskModuleSource } from '../model/index.ts';
import { type LoadedModules, type LoadedTask, loadTasks, runStarts } from './load-tasks.ts';
import { type MemoryLimits, MemoryWatch } from './memory-watch.ts';
import { Session } from './session.ts';

export interface PerformOptions {
  readonly modules: readonly TaskModuleSource[];
  readonly shared: SharedSlots;
  readonly concurrency: number;
  readonly memory?: MemoryLimits | undefined;
}

/**
 * Loads the modules, runs their hooks, and performs a session over a line, wherever that leads.
 * Resolves when the host has closed it, or when something did not load or start: the host is told.
 */
export async function perform(
  transport: Transport<WorkerMessage, HostMessage>,
  { modules, shared, concurrency, memory }: PerformOptions,
): Promise<void> {
  let loaded: LoadedModules;
  try {
    loaded = await loadTasks(modules);
    await runStarts(loaded.starts);
  } catch (error) {
    transport.write([WorkerKind.refused, recordOf(error)]);
    transport.flush();
    transport.close();
    return;
  }
  const { tasks, stops } = loaded;
  const stopAll = async () => {
    for (const stop of stops) {
      try {
        await stop();
      } catch (error) {
        session.log(0, 'error', { error: recordOf(error) }, 'onWorkerStop failed');
      }
    }
  };
  const session: Session = new Session(transport, {
    tasks,
    shared,
    concurrency,
    now: () => performance.now(),
    memory: memory && new MemoryWatch(memory),
    onClose: stops.length === 0 ? undefined : stopAll,
  });
  const announced = tasks.map(announcementOf);
  transport.write([WorkerKind.hello, PROTOCOL_VERSION, announced]);
  transport.flush();
  await session.closed;
}

function announcementOf(loaded: LoadedTask): TaskAnnouncement {
  const { id, takesContext, timeout, cache, executor } = loaded;
  const task = [id, takesContext ? 1 : 0, timeout] as const;
  if (executor !== undefined) return [...task, cache ?? null, executor];
  return cache === undefined ? task : [...task, cache];
}
