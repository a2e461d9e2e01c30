/** A ring no longer than this is kept when what it held has gone. */
const KEPT_CAPACITY = 1_024;

/** The shortest ring; most lines are short. */
const MIN_CAPACITY = 4;

/** What has come: in monotonic milliseconds, when. */
export interface Arrival {
  readonly since: number;
}

/** @see Fifo.newestFirst */
export interface Numbered<T> {
  readonly item: T;
  readonly order: number;
}

/**
 * First in, first out: a ring that takes, gives and removes in constant time, amortised, and costs
 * an item one array slot. What is removed from its middle leaves its slot behind; never more slots
 * are left behind than are in use, and the first and the last slot are always in use.
 *
 * Once it is numbered, each item has an order beside it, so that several lines can be read as one:
 * by their items' arrival, and by order what came at the same time.
 */
export class Fifo<T extends Arrival> {
  #slots: (T | undefined)[] = [];
  #orders: number[] | undefined;
  /** One less than there are slots, whose number is a power of two. */
  #mask = -1;
  #head = 0;
  /** Slots from the head on, those left behind included. */
  #used = 0;
  /** Items that were removed and still have their slot; undefined when there are none. */
  #removed: Set<T> | undefined;

  get size(): number {
    return this.#removed === undefined ? this.#used : this.#used - this.#removed.size;
  }

  /** Slots that are in use or left behind. */
  get slots(): number {
    return this.#used;
  }

  peek(): T | undefined {
    return this.#used === 0 ? undefined : this.#slots[this.#head];
  }

  /** The order of the first item; it must be numbered and not empty. */
  get firstOrder(): number {
    return (this.#orders as number[])[this.#head] as number;
  }

  push(item: T, order = 0): void {
    if (this.#used > this.#mask || this.#removed?.has(item)) this.#rebuild();
    const at = (this.#head + this.#used++) & this.#mask;
    this.#slots[at] = item;
    if (this.#orders !== undefined) this.#orders[at] = order;
  }

  /**
   * Takes an item back: before all that came no earlier. Steps over those that came earlier.
   *
   * @param order lower than any other
   */
  giveBack(item: T, order = 0): void {
    if (this.#used > this.#mask || this.#removed?.has(item)) this.#rebuild();
    this.#head = (this.#head - 1) & this.#mask;
    this.#used++;
    let offset = 1;
    for (; offset < this.#used; offset++) {
      const at = this.#at(offset);
      const earlier = this.#slots[at] as T;
      if (earlier.since >= item.since) break;
      this.#put(offset - 1, earlier, this.#orders?.[at] ?? 0);
    }
    this.#put(offset - 1, item, order);
  }

  shift(): T | undefined {
    if (this.#used === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#dropFirst();
    if (this.#removed !== undefined) this.#trim();
    if (this.#mask >= KEPT_CAPACITY && this.#used * 4 <= this.#mask) this.#rebuild();
    return item;
  }

  /** Takes out an item, which must be here. */
  remove(item: T): void {
    this.#removed ??= new Set();
    this.#removed.add(item);
    this.#trim();
    if (this.#removed !== undefined && this.#removed.size * 2 > this.#used) this.#rebuild();
  }

  /**
   * From now on each item has an order: those that are here, ascending ones below 0.
   * @returns the lowest
   */
  number(): number {
    this.#orders = new Array(this.#slots.length);
    for (let i = 0; i < this.#used; i++) this.#orders[this.#at(i)] = i - this.#used;
    return -this.#used;
  }

  /** Only of an empty one. */
  forgetNumbers(): void {
    this.#orders = undefined;
  }

  clear(): void {
    this.#slots = [];
    this.#orders &&= [];
    this.#mask = -1;
    this.#head = 0;
    this.#used = 0;
    this.#removed = undefined;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#used; i++) {
      const item = this.#slots[this.#at(i)] as T;
      if (!this.#removed?.has(item)) yield item;
    }
  }

  *newestFirst(): Generator<Numbered<T>> {
    for (let i = this.#used - 1; i >= 0; i--) {
      const at = this.#at(i);
      const item = this.#slots[at] as T;
      if (!this.#removed?.has(item)) yield { item, order: this.#orders?.[at] ?? i };
    }
  }

  #put(offset: number, item: T, order: number): void {
    const at = this.#at(offset);
    this.#slots[at] = item;
    if (this.#orders !== undefined) this.#orders[at] = order;
  }

  #at(offset: number): number {
    return (this.#head + offset) & this.#mask;
  }

  #dropFirst(): void {
    this.#slots[this.#head] = undefined;
    this.#used--;
    this.#head = (this.#head + 1) & this.#mask;
  }

  /** Gives up the slots of removed items at both ends. */
  #trim(): void {
    const removed = this.#removed as Set<T>;
    while (removed.size > 0 && removed.delete(this.#slots[this.#head] as T)) this.#dropFirst();
    while (removed.size > 0) {
      const last = this.#at(this.#used - 1);
      if (!removed.delete(this.#slots[last] as T)) break;
      this.#slots[last] = undefined;
      this.#used--;
    }
    if (removed.size === 0) this.#removed = undefined;
  }

  /** A ring with room for at least one item more, without slots left behind. */
  #rebuild(): void {
    const size = this.size;
    const capacity = Math.max(MIN_CAPACITY, 1 << (32 - Math.clz32(size + (size >>> 2))));
    const slots = new Array<T | undefined>(capacity);
    const orders = this.#orders && new Array<number>(slots.length);
    let count = 0;
    for (let i = 0; i < this.#used; i++) {
      const at = this.#at(i);
      const item = this.#slots[at] as T;
      if (this.#removed?.has(item)) continue;
      slots[count] = item;
      if (orders !== undefined) orders[count] = this.#orders?.[at] as number;
      count++;
    }
    this.#slots = slots;
    this.#orders = orders;
    this.#mask = capacity - 1;
    this.#head = 0;
    this.#used = size;
    this.#removed = undefined;
  }
}
