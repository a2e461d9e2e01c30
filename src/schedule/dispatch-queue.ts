import { type DispatchQueueOptions, resolveDispatchQueueOptions } from './dispatch-options.ts';
import { FairLevel } from './fair-level.ts';
import type { Gcra } from './gcra.ts';
import { type KeyState, KeyTable } from './key-table.ts';
import type { Lane } from './lane.ts';
import { LevelSet, MAX_PRIORITY, MIN_PRIORITY, priorityLevel } from './priority-levels.ts';
import { createLevel, firstOf, type QueueItem, type QueueLevel, sizeOf } from './queue-level.ts';
import { TaskRates } from './task-rates.ts';

/**
 * What waits to be dispatched. The highest priority goes first, and grows as an item waits
 * (`aging`); keys share a priority by their weights (see `FairLevel`); and one key's items of one
 * priority go in order of arrival. An item that a limit holds back is passed over until it may go:
 * once its key is released, or at `nextAt`.
 *
 * An item without key and rate costs an array slot and no object. With aging, each step looks at
 * every priority in use; without it, at the highest only.
 */
export class DispatchQueue<T extends QueueItem> {
  readonly #aging: number;
  /** By index, from the highest priority downwards. One that was used stays. */
  readonly #levels = new Array<QueueLevel<T> | undefined>(MAX_PRIORITY - MIN_PRIORITY + 1);
  /** All that are not empty, and some that have become so; and how many they are. */
  readonly #occupied = new LevelSet();
  #levelCount = 0;
  /** The highest of them. */
  #top: QueueLevel<T> | undefined;
  /** The one there is, if it is plain and no task has a rate: then there is nothing to look for. */
  #only: QueueLevel<T> | undefined;
  /** How many of them are fair. */
  #fairCount = 0;
  readonly #keys: KeyTable;
  /** Undefined where no task has one. */
  readonly #rates: TaskRates | undefined;
  #size = 0;
  /** What goes next, as it was found at a time: its level, and in a fair one its lane. */
  #isFound = false;
  #foundAt = 0;
  #foundLevel: QueueLevel<T> | undefined;
  #foundLane: Lane<T> | undefined;

  /** @throws TroupeError `InvalidOption` */
  constructor(options?: DispatchQueueOptions) {
    const { aging, keyPolicy, taskRate } = resolveDispatchQueueOptions(options);
    this.#aging = aging;
    this.#rates = taskRate && new TaskRates(taskRate);
    this.#keys = new KeyTable(keyPolicy);
  }

  get size(): number {
    return this.#size;
  }

  /** Whether it matters to `peek` and `shift` what time it is: items wait that have keys or rates. */
  get isTimed(): boolean {
    return this.#fairCount > 0;
  }

  /** Keys that something is known of: see `keyPolicy`. */
  get keys(): number {
    return this.#keys.size;
  }

  /**
   * When to look again if `shift` gave nothing though items wait: the first time at which a rate lets
   * one of them go. Infinity if none waits for that; `now` if one may go already.
   */
  nextAt(now: number): number {
    if (this.#find(now) !== undefined) return now;
    let next = this.#keys.nextAt;
    for (let i = this.#occupied.first(); i >= 0; i = this.#occupied.after(i)) {
      next = Math.min(next, this.#levels[i]?.fair?.nextAt ?? next);
    }
    return next;
  }

  /** Milliseconds that the oldest item has waited; 0 when none does. Looks at every key. */
  longestWait(now: number): number {
    let oldest = now;
    for (let i = this.#occupied.first(); i >= 0; i = this.#occupied.after(i)) {
      const { plain, fair } = this.#levels[i] as QueueLevel<T>;
      if (fair === undefined) oldest = Math.min(oldest, plain.peek()?.since ?? oldest);
      else for (const { since } of fair.firsts()) oldest = Math.min(oldest, since);
    }
    return now - oldest;
  }

  /**
   * Takes an item in, as the last of its priority and key. One that is queued stays where it is.
   *
   * @throws what `keyPolicy` or `taskRate` throws, and TroupeError `InvalidOption` for a policy or
   * rate that is none; then the item is not taken in
   */
  push(item: T): void {
    if (item.isQueued) return;
    const only = this.#only;
    if (
      only === undefined ||
      item.priority !== only.priority ||
      item.concurrencyKey !== undefined
    ) {
      this.#pushAny(item);
      return;
    }
    only.plain.push(item);
    item.isQueued = true;
    this.#size++;
  }

  #pushAny(item: T): void {
    const level = this.#levelOf(item);
    const rate = this.#rates?.of(item.taskId);
    const { concurrencyKey } = item;
    const key = concurrencyKey === undefined ? undefined : this.#keys.obtain(concurrencyKey);
    const fair = this.#fairFor(level, key, rate);
    if (fair === undefined) level.plain.push(item);
    else fair.push(item, key, rate);
    this.#added(item, level);
  }

  /**
   * Takes back an item that was given out and has not begun, to the place that it had. Its key is
   * released, and its places under the rates are given back if nothing was given out under them
   * since. Of several, the last that came is best given back first: each steps over those that are
   * back and came before it.
   *
   * @param taken when it was given out
   */
  giveBack(item: T, taken: number): void {
    if (item.isQueued) return;
    const level = this.#levelOf(item);
    const rate = this.#rates?.of(item.taskId);
    const { concurrencyKey } = item;
    const key = concurrencyKey === undefined ? undefined : this.#keys.obtain(concurrencyKey);
    const fair = this.#fairFor(level, key, rate);
    if (fair === undefined) level.plain.giveBack(item);
    else fair.giveBack(item, key, rate);
    rate?.giveBack(taken);
    if (key !== undefined) this.#keys.gaveBack(key, taken);
    this.#added(item, level);
  }

  /** What `shift` would give. */
  peek(now: number): T | undefined {
    if (this.#only !== undefined) return this.#only.plain.peek();
    const level = this.#find(now);
    if (level === undefined) return undefined;
    return firstOf(level, this.#foundLane);
  }

  /**
   * Gives out what goes next; undefined if nothing waits or may go. Whoever takes an item that has a
   * key gives it back, or releases the key when it has ended.
   *
   * @param now monotonic milliseconds
   */
  shift(now: number): T | undefined {
    if (this.#only !== undefined) return this.#shiftOnly(this.#only);
    const level = this.#find(now);
    if (level === undefined) return undefined;
    const { plain, fair } = level;
    const item = fair === undefined ? plain.shift() : fair.take(this.#foundLane as Lane<T>, now);
    this.#removed(item as T);
    return item;
  }

  #shiftOnly({ plain }: QueueLevel<T>): T | undefined {
    const item = plain.shift();
    if (item === undefined) return undefined;
    item.isQueued = false;
    this.#size--;
    return item;
  }

  /** One item of the key that was given out has ended. */
  release(key: string): void {
    const state = this.#keys.find(key);
    if (state === undefined) return;
    this.#keys.released(state);
    this.#isFound = false;
  }

  /** Takes out an item; false when it is not queued. Constant time, amortised. */
  remove(item: T): boolean {
    if (!item.isQueued) return false;
    const { plain, fair } = this.#levelOf(item);
    if (fair === undefined) plain.remove(item);
    else this.#removeFair(fair, item);
    this.#removed(item);
    return true;
  }

  /** Takes out all that waits, the highest priority first. What was given out still counts. */
  clear(): T[] {
    const items = [...this];
    for (const item of items) item.isQueued = false;
    for (let i = this.#occupied.first(); i >= 0; i = this.#occupied.after(i)) {
      const level = this.#levels[i] as QueueLevel<T>;
      if (level.fair === undefined) level.plain.clear();
      else level.fair.clear();
      this.#vacate(level);
    }
    this.#size = 0;
    this.#isFound = false;
    return items;
  }

  /** What waits: the highest priority first; key by key within one, each in order of arrival. */
  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#occupied.first(); i >= 0; i = this.#occupied.after(i)) {
      const { plain, fair } = this.#levels[i] as QueueLevel<T>;
      yield* fair ?? plain;
    }
  }

  /** What waits: the lowest priority first, and within one what came last. */
  *newestFirst(): Generator<T> {
    for (let i = this.#occupied.last(); i >= 0; i = this.#occupied.before(i)) {
      const { plain, fair } = this.#levels[i] as QueueLevel<T>;
      if (fair !== undefined) yield* fair.newestFirst();
      else for (const { item } of plain.newestFirst()) yield item;
    }
  }

  #removeFair(fair: FairLevel<T>, item: T): void {
    const { concurrencyKey, taskId } = item;
    const key = concurrencyKey === undefined ? undefined : this.#keys.find(concurrencyKey);
    fair.remove(item, key, this.#rates?.of(taskId));
  }

  #added(item: T, level: QueueLevel<T>): void {
    item.isQueued = true;
    if (!level.isOccupied) this.#occupy(level);
    this.#size++;
    this.#isFound = false;
  }

  #removed(item: T): void {
    item.isQueued = false;
    this.#size--;
    this.#isFound = false;
  }

  /** The level of what goes next; undefined if nothing waits or may go. */
  #find(now: number): QueueLevel<T> | undefined {
    if (this.#size === 0) return undefined;
    if (this.#fairCount === 0 && (this.#aging === 0 || this.#levelCount === 1)) {
      while (this.#top?.plain.size === 0) this.#vacate(this.#top);
      return this.#top;
    }
    if (!this.#isFound || this.#foundAt !== now) this.#search(now);
    return this.#foundLevel;
  }

  #search(now: number): void {
    this.#keys.wake(now);
    this.#isFound = true;
    this.#foundAt = now;
    this.#foundLevel = undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (let i = this.#occupied.first(); i >= 0; i = this.#occupied.after(i)) {
      const level = this.#levels[i] as QueueLevel<T>;
      if (sizeOf(level) === 0) this.#vacate(level);
      const lane = level.fair?.first(now);
      const item = firstOf(level, lane);
      if (item === undefined) continue;
      // All priorities grow alike: who is ahead of another at one time is so at any time.
      const begin = item.since + i * this.#aging;
      if (begin >= earliest) continue;
      earliest = begin;
      this.#foundLevel = level;
      this.#foundLane = lane;
      if (this.#aging === 0) return;
    }
  }

  #levelOf({ priority }: T): QueueLevel<T> {
    const index = MAX_PRIORITY - priorityLevel(priority);
    return this.#levels[index] ?? this.#open(index);
  }

  #open(index: number): QueueLevel<T> {
    const level = createLevel<T>(index);
    this.#levels[index] = level;
    return level;
  }

  /** Where such an item goes; undefined for the one line. */
  #fairFor(
    level: QueueLevel<T>,
    key: KeyState | undefined,
    rate: Gcra | undefined,
  ): FairLevel<T> | undefined {
    if (key !== undefined || rate !== undefined) return level.fair ?? this.#makeFair(level);
    if (level.fair?.size === 0) this.#makePlain(level);
    return level.fair;
  }

  #occupy(level: QueueLevel<T>): void {
    level.isOccupied = true;
    this.#occupied.add(level.index);
    this.#levelCount++;
    if (this.#top === undefined || level.index < this.#top.index) this.#top = level;
    this.#simplify();
  }

  /** Passes over an empty level from now on. */
  #vacate(level: QueueLevel<T>): void {
    level.isOccupied = false;
    this.#occupied.delete(level.index);
    this.#levelCount--;
    if (this.#top === level) this.#top = this.#levels[this.#occupied.first()];
    if (level.fair !== undefined) this.#makePlain(level);
    this.#simplify();
  }

  #simplify(): void {
    const isOne = this.#levelCount === 1 && this.#fairCount === 0 && this.#rates === undefined;
    this.#only = isOne ? this.#top : undefined;
  }

  #makeFair(level: QueueLevel<T>): FairLevel<T> {
    const fair = level.spare ?? new FairLevel(level.plain, this.#keys);
    level.spare = fair;
    level.fair = fair;
    fair.begin();
    this.#fairCount++;
    this.#simplify();
    return fair;
  }

  #makePlain(level: QueueLevel<T>): void {
    level.fair?.end();
    level.fair = undefined;
    this.#fairCount--;
    this.#simplify();
  }
}
