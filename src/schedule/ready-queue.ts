/** First in, first out; takes and gives in constant time. */
class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** The first that is wanted. */
  find(isWanted: (item: T) => boolean): T | undefined {
    for (let i = this.#head; i < this.#items.length; i++) {
      const item = this.#items[i] as T;
      if (isWanted(item)) return item;
    }
    return undefined;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Puts an item before all others. */
  unshift(item: T): void {
    if (this.#head > 0) this.#items[--this.#head] = item;
    else this.#items.unshift(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    // The dead front is cut off once it is half the array: amortised constant time.
    if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

const COMPACT_FROM = 1_024;

/**
 * What waits to be dispatched: the highest priority first, in order of arrival within one priority.
 * Costs nothing per item beyond an array slot; the number of distinct priorities should be small.
 */
export class ReadyQueue<T> {
  readonly #byPriority = new Map<number, Fifo<T>>();
  /** Descending. A priority stays once it was used: there are few. */
  #priorities: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(priority: number, item: T): void {
    this.#lane(priority).push(item);
    this.#size++;
  }

  /** Gives an item back its place at the front of its priority. */
  unshift(priority: number, item: T): void {
    this.#lane(priority).unshift(item);
    this.#size++;
  }

  /** What `shift` would give. */
  peek(): T | undefined {
    return this.#first()?.peek();
  }

  /** In each priority the first that is wanted, as it has waited longest there. */
  firstOfEach(isWanted: (item: T) => boolean): T[] {
    const lanes = [...this.#byPriority.values()];
    return lanes.map((lane) => lane.find(isWanted)).filter((item) => item !== undefined);
  }

  shift(): T | undefined {
    const lane = this.#first();
    if (lane === undefined) return undefined;
    this.#size--;
    return lane.shift();
  }

  #first(): Fifo<T> | undefined {
    if (this.#size === 0) return undefined;
    for (const priority of this.#priorities) {
      const lane = this.#byPriority.get(priority);
      if (lane !== undefined && lane.size > 0) return lane;
    }
    return undefined;
  }

  #lane(priority: number): Fifo<T> {
    let lane = this.#byPriority.get(priority);
    if (lane === undefined) {
      lane = new Fifo();
      this.#byPriority.set(priority, lane);
      this.#priorities = [...this.#priorities, priority].sort((a, b) => b - a);
    }
    return lane;
  }
}
