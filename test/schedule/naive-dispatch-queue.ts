import { Gcra } from '../../src/schedule/index.ts';
import type { TestItem } from './queue-items.ts';

/** The limits of every key and task of a model run. */
export interface Limits {
  readonly aging: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly concurrency: Readonly<Record<string, number>>;
  /** Spacing and burst. */
  readonly keyRates: Readonly<Record<string, readonly [number, number]>>;
  readonly taskRates: Readonly<Record<string, readonly [number, number]>>;
}

interface Waiting {
  readonly item: TestItem;
  readonly order: number;
}

/** What is known of one priority: virtual times of start-time fair queueing. */
class NaiveLevel {
  now = 0;
  end = 0;
  isShared = false;
  readonly starts = new Map<string | undefined, number>();
}

/**
 * The dispatch queue as one would explain it: a list that is looked through. It forgets nothing and
 * shares nothing with the real one but the rates, which have tests of their own.
 */
export class NaiveDispatchQueue {
  waiting: Waiting[] = [];
  readonly active = new Map<string, number>();
  readonly #limits: Limits;
  readonly #levels = new Map<number, NaiveLevel>();
  readonly #keyRates: ReadonlyMap<string, Gcra>;
  readonly #taskRates: ReadonlyMap<string, Gcra>;
  /** Keys whose rate said no when it was asked last. */
  readonly #early = new Set<string>();
  readonly #held = new Set<string>();
  #last = 0;
  #first = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#keyRates = ratesOf(limits.keyRates);
    this.#taskRates = ratesOf(limits.taskRates);
  }

  push(item: TestItem): void {
    this.#add({ item, order: ++this.#last });
  }

  giveBack(item: TestItem, taken: number): void {
    const level = this.#levelOf(item);
    const { concurrencyKey: key } = item;
    if (this.#isLimited(item)) level.isShared = true;
    if (level.isShared) {
      const start = level.starts.get(key) ?? level.now;
      level.starts.set(key, Math.max(start - this.#cost(key), level.now));
    }
    this.#add({ item, order: --this.#first });
    this.#taskRates.get(item.taskId)?.giveBack(taken);
    if (key === undefined) return;
    this.#keyRates.get(key)?.giveBack(taken);
    this.release(key);
  }

  release(key: string): void {
    const active = this.active.get(key) as number;
    this.active.set(key, active - 1);
    this.#hold(key);
  }

  remove(item: TestItem): void {
    this.waiting = this.waiting.filter((each) => each.item !== item);
    this.#rest(item);
  }

  next(now: number): TestItem | undefined {
    for (const key of this.#early) {
      if ((this.#keyRates.get(key) as Gcra).wait(now) === 0) this.#early.delete(key);
      this.#hold(key);
    }
    const may = this.waiting.filter(({ item }) => this.#mayGo(item, now));
    const levels = [...new Set(may.map(({ item }) => item.priority))].sort((a, b) => b - a);
    const { aging } = this.#limits;
    let best: TestItem | undefined;
    for (const level of levels) {
      const candidates = may.filter(({ item }) => item.priority === level);
      const { item } = candidates.reduce((a, b) => (this.#isBefore(b, a) ? b : a));
      if (best === undefined) best = item;
      else if (aging > 0 && bornOf(item, aging) < bornOf(best, aging)) best = item;
    }
    return best;
  }

  newestFirst(): TestItem[] {
    const byAge = [...this.waiting].sort(
      (a, b) =>
        a.item.priority - b.item.priority || b.item.since - a.item.since || b.order - a.order,
    );
    return byAge.map(({ item }) => item);
  }

  /** Gives out what `next` gave. */
  take(item: TestItem, now: number): void {
    const level = this.#levelOf(item);
    const { concurrencyKey: key, taskId } = item;
    this.waiting = this.waiting.filter((each) => each.item !== item);
    if (level.isShared) {
      level.now = Math.max(level.now, level.starts.get(key) as number);
      const end = level.now + this.#cost(key);
      level.starts.set(key, end);
      level.end = Math.max(level.end, end);
    }
    this.#rest(item);
    this.#taskRates.get(taskId)?.take(now);
    if (key === undefined) return;
    this.active.set(key, (this.active.get(key) ?? 0) + 1);
    const rate = this.#keyRates.get(key);
    rate?.take(now);
    if (rate !== undefined && rate.wait(now) > 0) this.#early.add(key);
    this.#hold(key);
  }

  #add(added: Waiting): void {
    const { item } = added;
    const level = this.#levelOf(item);
    const { concurrencyKey: key } = item;
    const peers = this.waiting.filter((each) => each.item.priority === item.priority);
    if (this.#isLimited(item)) level.isShared = true;
    else if (peers.length === 0) level.isShared = false;
    const isFirst = !peers.some((each) => each.item.concurrencyKey === key);
    if (isFirst) level.starts.set(key, Math.max(level.starts.get(key) ?? level.now, level.now));
    this.waiting.push(added);
  }

  /** A priority of which nothing waits has settled all accounts. */
  #rest({ priority }: TestItem): void {
    if (this.waiting.some(({ item }) => item.priority === priority)) return;
    const level = this.#levels.get(priority) as NaiveLevel;
    level.now = level.end;
  }

  #hold(key: string): void {
    const limit = this.#limits.concurrency[key] ?? Number.POSITIVE_INFINITY;
    const isHeld = this.#early.has(key) || (this.active.get(key) ?? 0) >= limit;
    if (isHeld) this.#held.add(key);
    else if (this.#held.delete(key)) {
      for (const level of this.#levels.values()) {
        level.starts.set(key, Math.max(level.starts.get(key) ?? level.now, level.now));
      }
    }
  }

  #mayGo({ concurrencyKey, taskId }: TestItem, now: number): boolean {
    if (concurrencyKey !== undefined && this.#held.has(concurrencyKey)) return false;
    return (this.#taskRates.get(taskId)?.wait(now) ?? 0) === 0;
  }

  #isBefore(a: Waiting, b: Waiting): boolean {
    const level = this.#levelOf(a.item);
    const start = level.starts.get(a.item.concurrencyKey) as number;
    const other = level.starts.get(b.item.concurrencyKey) as number;
    if (level.isShared && start !== other) return start < other;
    return a.item.since === b.item.since ? a.order < b.order : a.item.since < b.item.since;
  }

  #isLimited({ concurrencyKey, taskId }: TestItem): boolean {
    return concurrencyKey !== undefined || this.#taskRates.has(taskId);
  }

  #cost(key: string | undefined): number {
    return key === undefined ? 1 : 1 / (this.#limits.weights[key] ?? 1);
  }

  #levelOf({ priority }: TestItem): NaiveLevel {
    const level = this.#levels.get(priority) ?? new NaiveLevel();
    this.#levels.set(priority, level);
    return level;
  }
}

const bornOf = ({ since, priority }: TestItem, aging: number) => since - priority * aging;

function ratesOf(rates: Limits['keyRates']): ReadonlyMap<string, Gcra> {
  return new Map(
    Object.entries(rates).map(([name, [spacing, burst]]) => [name, new Gcra(spacing, burst)]),
  );
}
