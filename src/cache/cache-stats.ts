/** What became of the calls of one task that have a `cache`, since the start; one for each try. */
export interface CacheCounts {
  /** They were given a result that was there. */
  readonly hits: number;
  /** They began an attempt. */
  readonly misses: number;
  /** They joined an attempt that was under way. */
  readonly coalesced: number;
  /** Results that others pushed out; not those that were too old, or invalidated. */
  readonly evictions: number;
  /** Results that are kept now. One that is too old counts until somebody asks for it. */
  readonly entries: number;
}

/** The same of all tasks. */
export interface CacheStats extends CacheCounts {
  /** Bytes that the results take now, about. */
  readonly bytes: number;
  /** By the ids of the tasks. */
  readonly tasks: Readonly<Record<string, CacheCounts>>;
}

/** The counts that only go up. */
type Counters = { -readonly [K in Exclude<keyof CacheCounts, 'entries'>]: number };

const NONE: Counters = { hits: 0, misses: 0, coalesced: 0, evictions: 0 };

/** What is kept now. */
interface Kept {
  readonly size: number;
  readonly bytes: number;
  sizeOf(task: string): number;
}

/** Counts by task. */
export class CacheTally {
  readonly #tasks = new Map<string, Counters>();

  count(task: string, what: keyof Counters): void {
    let counters = this.#tasks.get(task);
    if (counters === undefined) {
      counters = { ...NONE };
      this.#tasks.set(task, counters);
    }
    counters[what]++;
  }

  stats(kept: Kept): CacheStats {
    const total = { ...NONE };
    const tasks: Record<string, CacheCounts> = {};
    for (const [task, counters] of this.#tasks) {
      tasks[task] = { ...counters, entries: kept.sizeOf(task) };
      for (const what of Object.keys(total) as (keyof Counters)[]) total[what] += counters[what];
    }
    return { ...total, entries: kept.size, bytes: kept.bytes, tasks };
  }
}
