import type { NewResult, ResultFilter, ResultName } from '../../src/cache/result-store.ts';

type Kept = Omit<NewResult, 'output'> & { readonly value: unknown; readonly since: number };

/** What a store of results does, as a list that is searched from end to end. */
export class NaiveStore {
  now = 0;
  readonly evicted: string[] = [];
  readonly #most: number;
  /** The least recently used first. */
  #kept: Kept[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#kept.length;
  }

  sizes(...tasks: string[]): number[] {
    return tasks.map((task) => this.#kept.filter(({ name }) => name.task === task).length);
  }

  set(result: Omit<NewResult, 'output'>, value: unknown): void {
    const { id, task, owner } = result.name;
    this.#kept = this.#kept.filter(({ name }) => name.id !== id);
    if (this.#kept.length === this.#most) this.#evict(this.#kept[0] as Kept);
    this.#kept.push({ ...result, value, since: this.now });
    const shelf = this.#kept.filter(({ name }) => name.task === task && name.owner === owner);
    for (const kept of shelf.slice(0, Math.max(0, shelf.length - result.maxEntries))) {
      this.#evict(kept);
    }
  }

  get({ id }: ResultName, ttl: number): unknown {
    const kept = this.#kept.find(({ name }) => name.id === id);
    if (kept === undefined) return undefined;
    const age = this.now - kept.since;
    const others = this.#kept.filter((other) => other !== kept);
    if (age >= kept.ttl) this.#kept = others;
    if (age >= kept.ttl || age >= ttl) return undefined;
    this.#kept = [...others, kept];
    return kept.value;
  }

  delete({ task, key, tag }: ResultFilter): number {
    const before = this.#kept.length;
    this.#kept = this.#kept.filter(
      ({ name, tags }) =>
        (task !== undefined && name.task !== task) ||
        (key !== undefined && name.key !== key) ||
        (tag !== undefined && !tags.includes(tag)),
    );
    return before - this.#kept.length;
  }

  deleteOwn(execution: string): void {
    this.#kept = this.#kept.filter(({ name }) => name.owner !== execution);
  }

  #evict(kept: Kept): void {
    this.#kept = this.#kept.filter((other) => other !== kept);
    this.evicted.push(kept.name.task);
  }
}
