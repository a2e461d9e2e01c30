import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports/index.ts';
import { EntryIndex } from './entry-index.ts';
import type { OutputCopy } from './output-copy.ts';

/** What tells a result from all others. */
export interface ResultName {
  /** All of it, and its version, in one text. */
  readonly id: string;
  /** The id of the task. */
  readonly task: string;
  /** The execution whose own it is, or '' for one of all executions. */
  readonly owner: string;
  readonly key: string;
}

/** @param version results of another are not seen */
export function resultName(task: string, owner: string, version: string, key: string): ResultName {
  return { id: joined(task, owner, version) + key, task, owner, key };
}

/** Which results are meant: those that fit all that is said. */
export interface ResultFilter {
  /** The id of the task. */
  readonly task?: string;
  readonly key?: string;
  readonly tag?: string;
}

export interface NewResult {
  readonly name: ResultName;
  readonly output: OutputCopy;
  /** Milliseconds that it is good for, from now. */
  readonly ttl: number;
  readonly tags: readonly string[];
  /** Results of this task and owner that are kept at most, this one included. */
  readonly maxEntries: number;
}

interface Entry extends NewResult {
  readonly shelf: string;
  readonly since: number;
}

/** Bytes that an entry takes besides its output and key, about: its places in the tables. */
const OVERHEAD = 500;

/**
 * Results, found by their names until they are too old, taken back, or pushed out by others: when
 * there are too many in all or of one task, the least recently used goes.
 */
export class ResultStore {
  readonly #entries: LRUCache<string, Entry>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onEvicted: (task: string) => void;
  readonly #byTask = new EntryIndex<Entry>();
  readonly #byOwner = new EntryIndex<Entry>();
  readonly #byKey = new EntryIndex<Entry>();
  readonly #byTag = new EntryIndex<Entry>();
  /** By task and owner, the least recently used first. */
  readonly #shelves = new EntryIndex<Entry>();

  /**
   * @param limits what is kept at most: results, and bytes of them
   * @param onEvicted is told of each result that another pushed out
   */
  constructor(
    limits: { readonly entries: number; readonly bytes: number },
    clock: Pick<Clock, 'now'>,
    onEvicted: (task: string) => void,
  ) {
    this.#clock = clock;
    this.#onEvicted = onEvicted;
    this.#entries = new LRUCache({
      max: limits.entries,
      maxSize: limits.bytes,
      dispose: (entry, _id, reason) => {
        this.#unlist(entry);
        if (reason === 'evict') this.#onEvicted(entry.name.task);
      },
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Bytes, about. */
  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  sizeOf(task: string): number {
    return this.#byTask.get(task).size;
  }

  /** The output of a result that is younger than `ttl`, and than its own. */
  get(name: ResultName, ttl: number): OutputCopy | undefined {
    const { id } = name;
    const entry = this.#entries.peek(id);
    if (entry === undefined) return undefined;
    const age = this.#clock.now() - entry.since;
    if (age >= entry.ttl) this.#entries.delete(id);
    if (age >= entry.ttl || age >= ttl) return undefined;
    this.#entries.get(id);
    this.#shelves.renew(entry.shelf, entry);
    return entry.output;
  }

  /** Keeps a result in place of the one of the same name. One that is too large is not kept. */
  set(result: NewResult): void {
    const { name, output, maxEntries } = result;
    const { id } = name;
    const shelf = joined(name.task, name.owner);
    const entry = { ...result, shelf, since: this.#clock.now() };
    this.#entries.delete(id);
    this.#entries.set(id, entry, { size: OVERHEAD + id.length * 2 + output.size });
    if (!this.#entries.has(id)) return;
    this.#list(entry);
    for (const oldest of this.#shelves.get(shelf)) {
      if (this.#shelves.get(shelf).size <= maxEntries) break;
      this.#entries.delete(oldest.name.id);
      this.#onEvicted(name.task);
    }
  }

  /** @returns how many results there were */
  delete(filter: ResultFilter): number {
    const { task, key, tag } = filter;
    let count = 0;
    for (const { name, tags } of [...this.#candidates(filter)]) {
      if (task !== undefined && name.task !== task) continue;
      if (key !== undefined && name.key !== key) continue;
      if (tag !== undefined && !tags.includes(tag)) continue;
      this.#entries.delete(name.id);
      count++;
    }
    return count;
  }

  /** Lets go of what is an execution's own. */
  deleteOwn(execution: string): void {
    for (const { name } of [...this.#byOwner.get(execution)]) this.#entries.delete(name.id);
  }

  #candidates({ task, key, tag }: ResultFilter): Iterable<Entry> {
    if (tag !== undefined) return this.#byTag.get(tag);
    if (key !== undefined) return this.#byKey.get(key);
    return task === undefined ? this.#entries.values() : this.#byTask.get(task);
  }

  #list(entry: Entry): void {
    const { name, shelf, tags } = entry;
    this.#byTask.add(name.task, entry);
    if (name.owner !== '') this.#byOwner.add(name.owner, entry);
    this.#byKey.add(name.key, entry);
    for (const tag of tags) this.#byTag.add(tag, entry);
    this.#shelves.add(shelf, entry);
  }

  #unlist(entry: Entry): void {
    const { name, shelf, tags } = entry;
    this.#byTask.delete(name.task, entry);
    this.#byOwner.delete(name.owner, entry);
    this.#byKey.delete(name.key, entry);
    for (const tag of tags) this.#byTag.delete(tag, entry);
    this.#shelves.delete(shelf, entry);
  }
}

/** The same for the same parts, and for no others. */
function joined(...parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('');
}
