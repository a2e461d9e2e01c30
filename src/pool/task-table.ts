import { TroupeError } from '../model/index.ts';
import { CostEstimate } from '../schedule/index.ts';

/** What the pool knows of a task: its number on the wire, and what it costs. */
export interface KnownTask {
  readonly index: number;
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
  announce(ids: readonly string[]): void {
    if (this.#byId === undefined) {
      this.#ids = ids;
      const entries = ids.map(
        (id, index) => [id, { index, estimate: new CostEstimate() }] as const,
      );
      this.#byId = new Map(entries);
      return;
    }
    if (ids.length === this.#ids.length && ids.every((id, i) => id === this.#ids[i])) return;
    throw new TroupeError('HandshakeFailed', 'a worker offers other tasks than those before it');
  }
}
