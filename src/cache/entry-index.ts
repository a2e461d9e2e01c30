/** Entries by a name that several may have; those of a name in the order in which they were added. */
export class EntryIndex<Entry> {
  readonly #sets = new Map<string, Set<Entry>>();

  add(name: string, entry: Entry): void {
    const set = this.#sets.get(name);
    if (set === undefined) this.#sets.set(name, new Set([entry]));
    else set.add(entry);
  }

  delete(name: string, entry: Entry): void {
    const set = this.#sets.get(name);
    if (set?.delete(entry) && set.size === 0) this.#sets.delete(name);
  }

  /** Makes an entry the last of its name. */
  renew(name: string, entry: Entry): void {
    const set = this.#sets.get(name);
    if (set?.delete(entry)) set.add(entry);
  }

  get(name: string): ReadonlySet<Entry> {
    return this.#sets.get(name) ?? NOTHING;
  }
}

const NOTHING: ReadonlySet<never> = new Set();
