import type { TaskAnnouncement } from '../ipc/index.ts';
import { type DeclaredCachePolicy, TroupeError } from '../model/index.ts';
import { CostEstimate } from '../schedule/index.ts';

/** What the pool knows of a task: its number on the wire, what it declares, and what it costs. */
export interface KnownTask {
  readonly id: string;
  readonly index: number;
  readonly takesContext: boolean;
  /** Milliseconds, where it declares a limit; else 0. */
  readonly timeout: number;
  /** Where it declares one. */
  readonly cache: DeclaredCachePolicy | undefined;
  readonly executor: string | undefined;
  readonly estimate: CostEstimate;
}

/** The tasks that the workers have announced. All workers load the same modules: one table serves. */
export class TaskTable {
  #byId: Map<string, KnownTask> | undefined;
  #ids: readonly string[] = [];

  get ids(): readonly string[] {
    return this.#ids;
  }

  has(id: string): boolean {
    return this.#byId?.has(id) ?? false;
  }

  get(id: string): KnownTask | undefined {
    return this.#byId?.get(id);
  }

  /**
   * Takes the list of a worker's hello.
   * @throws TroupeError `HandshakeFailed` for a worker whose tasks differ from the others'
   */
  announce(tasks: readonly TaskAnnouncement[]): void {
    if (this.#byId === undefined) {
      this.#ids = tasks.map(([id]) => id);
      this.#byId = new Map(tasks.map((task, index) => [task[0], knownTask(task, index)]));
      return;
    }
    const areSame = tasks.length === this.#ids.length;
    if (areSame && tasks.every(([id], i) => id === this.#ids[i])) return;
    throw new TroupeError('HandshakeFailed', 'a worker offers other tasks than those before it');
  }
}

function knownTask(announced: TaskAnnouncement, index: number): KnownTask {
  const [id, takesContext, timeout, cache, executor] = announced;
  return {
    id,
    index,
    takesContext: takesContext === 1,
    timeout,
    cache: cache ?? undefined,
    executor,
    estimate: new CostEstimate(),
  };
}
