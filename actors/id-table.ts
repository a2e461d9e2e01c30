/** What is kept by its id. */
export interface Identified {
  readonly id: string;
}

/**
 * A table by text ids that costs the same with a thousand entries as with half a million. A `Map`
 * compares ids by looking at those it meets on the way, which lie anywhere in memory: with 100,000
 * entries that is most of what a short-lived child costs. Here hashes lie side by side, and an id is
 * looked at only where its hash is the one that is sought.
 *
 * Open addressing with linear probing and deletion by shifting back (D. Knuth, "The Art of Computer
 * Programming", volume 3, section 6.4, algorithms L and R); the hash is FNV-1a (G. Fowler, L. Noll,
 * K.-P. Vo). The table is never more than half full.
 */
export class IdTable<T extends Identified> {
  /** 0 where there is no entry. */
  #hashes = new Int32Array(SMALLEST);
  #entries: (T | undefined)[] = new Array(SMALLEST).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: string): boolean {
    return this.#find(id, hashOf(id)) >= 0;
  }

  /** @returns false, and nothing is changed, when there is one of this id */
  add(entry: T): boolean {
    const hash = hashOf(entry.id);
    const at = this.#find(entry.id, hash);
    if (at >= 0) return false;
    this.#hashes[~at] = hash;
    this.#entries[~at] = entry;
    this.#size++;
    if (this.#size * 2 > this.#hashes.length) this.#resize(this.#hashes.length * 2);
    return true;
  }

  /** Takes out the one of this id. */
  take(id: string): T | undefined {
    const at = this.#find(id, hashOf(id));
    if (at < 0) return undefined;
    const entry = this.#entries[at];
    this.#close(at);
    this.#size--;
    if (this.#size * 8 < this.#hashes.length && this.#hashes.length > SMALLEST) {
      this.#resize(this.#hashes.length / 2);
    }
    return entry;
  }

  /** All entries, in no order that means anything. */
  entries(): T[] {
    return this.#entries.filter((entry) => entry !== undefined);
  }

  /** Where it is; or the complement of where it would be put. */
  #find(id: string, hash: number): number {
    const hashes = this.#hashes;
    const mask = hashes.length - 1;
    let at = hash & mask;
    for (let met = hashes[at]; met !== 0; met = hashes[at]) {
      if (met === hash && this.#entries[at]?.id === id) return at;
      at = (at + 1) & mask;
    }
    return ~at;
  }

  /** Closes the gap of one that leaves: whoever was put behind it for want of room moves up. */
  #close(at: number): void {
    const hashes = this.#hashes;
    const entries = this.#entries;
    const mask = hashes.length - 1;
    let gap = at;
    for (let next = (at + 1) & mask; hashes[next] !== 0; next = (next + 1) & mask) {
      const home = (hashes[next] as number) & mask;
      // It may move unless its own place lies between the gap and where it is.
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      hashes[gap] = hashes[next] as number;
      entries[gap] = entries[next];
      gap = next;
    }
    hashes[gap] = 0;
    entries[gap] = undefined;
  }

  #resize(length: number): void {
    const hashes = this.#hashes;
    const entries = this.#entries;
    this.#hashes = new Int32Array(length);
    this.#entries = new Array(length).fill(undefined);
    const mask = length - 1;
    for (let i = 0; i < hashes.length; i++) {
      const hash = hashes[i] as number;
      if (hash === 0) continue;
      let at = hash & mask;
      while (this.#hashes[at] !== 0) at = (at + 1) & mask;
      this.#hashes[at] = hash;
      this.#entries[at] = entries[i];
    }
  }
}

/** A power of two, as every length is. */
const SMALLEST = 16;

/** Never 0, and spread over the low bits, which choose the place. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) | 0x40000000;
}
