import {
  type DispatchQueueOptions,
  type DispatchRate,
  gcraOf,
  resolveDispatchQueueOptions,
} from './dispatch-options.ts';
import { FairLevel } from './fair-level.ts';
import { Fifo } from './fifo.ts';
import type { Gcra } from './gcra.ts';
import { type KeyState, KeyTable } from './key-table.ts';
import type { Lane } from './lane.ts';
import { LevelSet, MAX_PRIORITY, MIN_PRIORITY, priorityLevel } from './priority-levels.ts';

/** What a dispatch queue asks of its items. What is readonly does not change while one is queued. */
export interface QueueItem {
  /** Higher goes first; see `priorityLevel`. */
  readonly priority: number;
  /** When it came, in monotonic milliseconds: what comes later was not earlier. */
  readonly since: number;
  readonly taskId: string;
  /** Whom it is done for: those of one key have their limits and their share together. */
  readonly concurrencyKey: string | undefined;
  /** The queue's own; whoever makes the item sets it to false and leaves it alone. */
  isQueued: boolean;
}

/** All of one priority: in one line, until one comes that has a key or a rate. */
interface Level<T extends QueueItem> {
  readonly index: number;
  readonly plain: Fifo<T>;
  /** Holds `plain` as well; undefined while nothing here has a key or a rate. */
  fair: FairLevel<T> | undefined;
  /** Kept for the next time. */
  spare: FairLevel<T> | undefined;
  isOccupied: boolean;
}

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
  readonly #taskRate: ((taskId: string) => DispatchRate | undefined) | undefined;
  /** By index, from the highest priority downwards. One that was used stays. */
  readonly #levels = new Array<Level<T> | undefined>(MAX_PRIORITY - MIN_PRIORITY + 1);
  /** All that are not empty, and some that have become so; and how many they are. */
  readonly #occupied = new LevelSet();
  #levelCount = 0;
  /** The highest of them. */
  #top: Level<T> | undefined;
  /** How many of them are fair. */
  #fairCount = 0;
  readonly #keys: KeyTable;
  /** By task; null for one that has none. */
  readonly #rates = new Map<string, Gcra | null>();
  #size = 0;
  /** What goes next, as it was found at a time: its level, and in a fair one its lane. */
  #isFound = false;
  #foundAt = 0;
  #foundLevel: Level<T> | undefined;
  #foundLane: Lane<T> | undefined;

  /** @throws TroupeError `InvalidOption` */
  constructor(options?: DispatchQueueOptions) {
    const { aging, keyPolicy, taskRate } = resolveDispatchQueueOptions(options);
    this.#aging = aging;
    this.#taskRate = taskRate;
    this.#keys = new KeyTable(keyPolicy);
  }

  get size(): number {
    return this.#size;
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
      const { plain, fair } = this.#levels[i] as Level<T>;
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
    const level = this.#levelOf(item);
    const rate = this.#taskRate && this.#rateOf(item.taskId);
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
    const rate = this.#taskRate && this.#rateOf(item.taskId);
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
    const level = this.#find(now);
    if (level === undefined) return undefined;
    const { plain, fair } = level;
    const item = fair === undefined ? plain.shift() : fair.take(this.#foundLane as Lane<T>, now);
    this.#removed(item as T);
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
      const level = this.#levels[i] as Level<T>;
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
      const { plain, fair } = this.#levels[i] as Level<T>;
      yield* fair ?? plain;
    }
  }

  /** What waits: the lowest priority first, and within one what came last. */
  *newestFirst(): Generator<T> {
    for (let i = this.#occupied.last(); i >= 0; i = this.#occupied.before(i)) {
      const { plain, fair } = this.#levels[i] as Level<T>;
      if (fair !== undefined) yield* fair.newestFirst();
      else for (const { item } of plain.newestFirst()) yield item;
    }
  }

  #removeFair(fair: FairLevel<T>, item: T): void {
    const { concurrencyKey, taskId } = item;
    const key = concurrencyKey === undefined ? undefined : this.#keys.find(concurrencyKey);
    fair.remove(item, key, this.#rates.get(taskId) ?? undefined);
  }

  #added(item: T, level: Level<T>): void {
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
  #find(now: number): Level<T> | undefined {
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
      const level = this.#levels[i] as Level<T>;
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

  #levelOf({ priority }: T): Level<T> {
    const index = MAX_PRIORITY - priorityLevel(priority);
    return this.#levels[index] ?? this.#open(index);
  }

  #open(index: number): Level<T> {
    const plain = new Fifo<T>();
    const level: Level<T> = { index, plain, fair: undefined, spare: undefined, isOccupied: false };
    this.#levels[index] = level;
    return level;
  }

  /** Where such an item goes; undefined for the one line. */
  #fairFor(
    level: Level<T>,
    key: KeyState | undefined,
    rate: Gcra | undefined,
  ): FairLevel<T> | undefined {
    if (key !== undefined || rate !== undefined) return level.fair ?? this.#makeFair(level);
    if (level.fair?.size === 0) this.#makePlain(level);
    return level.fair;
  }

  #occupy(level: Level<T>): void {
    level.isOccupied = true;
    this.#occupied.add(level.index);
    this.#levelCount++;
    if (this.#top === undefined || level.index < this.#top.index) this.#top = level;
  }

  /** Passes over an empty level from now on. */
  #vacate(level: Level<T>): void {
    level.isOccupied = false;
    this.#occupied.delete(level.index);
    this.#levelCount--;
    if (this.#top === level) this.#top = this.#levels[this.#occupied.first()];
    if (level.fair !== undefined) this.#makePlain(level);
  }

  #makeFair(level: Level<T>): FairLevel<T> {
    const fair = level.spare ?? new FairLevel(level.plain, this.#keys);
    level.spare = fair;
    level.fair = fair;
    fair.begin();
    this.#fairCount++;
    return fair;
  }

  #makePlain(level: Level<T>): void {
    level.fair?.end();
    level.fair = undefined;
    this.#fairCount--;
  }

  #rateOf(taskId: string): Gcra | undefined {
    let rate = this.#rates.get(taskId);
    if (rate === undefined) {
      rate = gcraOf('taskRate', this.#taskRate?.(taskId)) ?? null;
      this.#rates.set(taskId, rate);
    }
    return rate ?? undefined;
  }
}

function sizeOf<T extends QueueItem>({ plain, fair }: Level<T>): number {
  return fair === undefined ? plain.size : fair.size;
}

function firstOf<T extends QueueItem>(
  { plain, fair }: Level<T>,
  lane: Lane<T> | undefined,
): T | undefined {
  return fair === undefined ? plain.peek() : lane?.items.peek();
}
