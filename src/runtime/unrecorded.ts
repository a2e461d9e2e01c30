import type { ExecutionRun } from '../../actors/index.ts';
import { DispatchQueue, type QueueItem } from '../schedule/index.ts';

/** As the queue has it. */
class Entry implements QueueItem {
  readonly run: ExecutionRun;
  readonly since = 0;
  readonly taskId = '';
  readonly concurrencyKey = undefined;
  isQueued = false;

  constructor(run: ExecutionRun) {
    this.run = run;
  }

  get priority(): number {
    return this.run.priority;
  }
}

/** Executions whose acceptance a slow journal has not recorded yet: nothing of them has begun. */
export class Unrecorded {
  readonly #entries = new DispatchQueue<Entry>({ aging: 0 });

  /** Knows of an execution until this is recorded. */
  async until(recorded: Promise<void>, run: ExecutionRun): Promise<void> {
    const entry = new Entry(run);
    this.#entries.push(entry);
    try {
      await recorded;
    } finally {
      this.#entries.remove(entry);
    }
  }

  /** The one of the lowest priority, and of those the one that came last. */
  get least(): ExecutionRun | undefined {
    let [entry] = this.#entries.newestFirst();
    while (entry !== undefined && entry.run.status !== 'pending') {
      // It has begun, or was told to end: it makes no room any more.
      this.#entries.remove(entry);
      [entry] = this.#entries.newestFirst();
    }
    return entry?.run;
  }
}
