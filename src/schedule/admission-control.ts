import { Admission } from './admission.ts';
import { DEFAULT_AGING } from './dispatch-options.ts';
import { DispatchQueue } from './dispatch-queue.ts';
import { DrainRate } from './drain-rate.ts';
import type { QueueItem } from './queue-level.ts';

export interface AdmissionControlOptions {
  /** How many may be inside at once, 1 or more. */
  readonly limit: number;
  /** How many may wait; one more is turned away. */
  readonly maxWaiting: number;
  /** Milliseconds of waiting that count as one step of priority; 0 is none. @default 1000 */
  readonly aging?: number | undefined;
  /** Monotonic milliseconds; asked only when much is inside. */
  readonly now: () => number;
}

/** One that waits to be let in. */
export interface Waiter<T> {
  readonly item: T;
}

/** What is told as long as nothing has been seen to leave, in milliseconds. */
const UNKNOWN_RETRY = 1_000;
/** No longer wait is told, in milliseconds: so far ahead nobody sees. */
const MAX_RETRY = 60_000;

/** As the line has it. */
class WaitingItem<T> implements Waiter<T>, QueueItem {
  readonly item: T;
  readonly priority: number;
  readonly since: number;
  readonly taskId = '';
  readonly concurrencyKey = undefined;
  isQueued = false;

  constructor(item: T, priority: number, since: number) {
    this.item = item;
    this.priority = priority;
    this.since = since;
  }
}

/**
 * Bounds how many are inside; keeps those in order who wait for a place, the highest priority first; and
 * tells those who are turned away when to come again.
 */
export class AdmissionControl<T> {
  readonly #places: Admission;
  readonly #maxWaiting: number;
  readonly #line: DispatchQueue<WaitingItem<T>>;
  readonly #now: () => number;
  readonly #drain = new DrainRate();
  /** The rate is measured from when so many are inside until no more than so many are. */
  readonly #full: number;
  readonly #slack: number;
  /** When the last one that was turned away was told to come again. */
  #promised = 0;

  constructor({ limit, maxWaiting, aging = DEFAULT_AGING, now }: AdmissionControlOptions) {
    this.#places = new Admission(limit);
    this.#maxWaiting = maxWaiting;
    this.#line = new DispatchQueue({ aging });
    this.#now = now;
    this.#full = Math.ceil(limit / 2);
    this.#slack = Math.floor(limit / 4);
  }

  get limit(): number {
    return this.#places.limit;
  }

  /** How many are inside. */
  get active(): number {
    return this.#places.active;
  }

  /** How many wait to be let in. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Takes a place; false when there is none, or others wait for it. */
  enter(): boolean {
    if (this.#line.size > 0 || !this.#places.enter()) return false;
    if (this.#places.active === this.#full) this.#measure();
    return true;
  }

  /** One that was inside has left; then there may be room for those who wait: see `next`. */
  leave(): void {
    this.#places.leave();
    this.#drain.left();
    if (this.#places.active === this.#slack && this.#drain.isRunning) this.#drain.stop(this.#now());
  }

  /** One takes the place of another, who will leave. */
  replace(): void {
    this.#places.force();
  }

  /** Stands in line for a place; undefined when the line is as long as it may be. */
  wait(item: T, priority: number): Waiter<T> | undefined {
    if (this.#line.size >= this.#maxWaiting) return undefined;
    const waiter = new WaitingItem(item, priority, this.#now());
    this.#line.push(waiter);
    return waiter;
  }

  /** Lets in the first who waits, if there is room; to be asked until it gives nothing. */
  next(): T | undefined {
    if (this.#line.size === 0 || !this.#places.enter()) return undefined;
    if (this.#places.active === this.#full) this.#measure();
    return this.#line.shift(this.#now())?.item;
  }

  /** Takes out one who waits; false if it was let in or taken out before. */
  withdraw(waiter: Waiter<T>): boolean {
    return this.#line.remove(waiter as WaitingItem<T>);
  }

  /** Takes out all who wait, in their order. */
  clear(): T[] {
    return this.#line.clear().map(({ item }) => item);
  }

  /**
   * Milliseconds after which there should be room for one more that is turned away: whole ones, 1 or more.
   * Each is told a place of its own in an imagined line, so that they do not all come again at once; but
   * none a longer wait than until all that is inside and waits has left.
   */
  retryAfter(): number {
    const now = this.#now();
    const interval = this.#drain.interval(now);
    if (interval === undefined) return UNKNOWN_RETRY;
    const each = Math.min(interval, MAX_RETRY);
    const last = (this.#places.active + this.#line.size) * each;
    const free = Math.max(this.#promised, now + this.#line.size * each) + each;
    this.#promised = Math.min(free, now + Math.min(last, MAX_RETRY));
    return Math.max(1, Math.ceil(this.#promised - now));
  }

  #measure(): void {
    if (!this.#drain.isRunning) this.#drain.start(this.#now());
  }
}
