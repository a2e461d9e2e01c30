import type { Arrival, Fifo } from './fifo.ts';
import type { Gcra } from './gcra.ts';
import type { Heap, HeapMember } from './heap.ts';
import type { KeyedLane, KeyState } from './key-table.ts';

/** The items of one key at one priority, or those without a key. */
export class Flow<T extends Arrival> {
  key: KeyState | undefined;
  /** The virtual time at which its next item begins. */
  start: number;
  /** Its lanes that are not empty: one for each limited task among its items, one for the rest. */
  readonly lanes: Lane<T>[] = [];

  constructor(key: KeyState | undefined, start: number) {
    this.key = key;
    this.start = start;
  }

  /** What one item costs it. */
  get cost(): number {
    return this.key === undefined ? 1 : 1 / this.key.weight;
  }

  laneOf(rate: Gcra | undefined): Lane<T> | undefined {
    for (const lane of this.lanes) if (lane.rate === rate) return lane;
    return undefined;
  }
}

/** What a lane knows of its priority. */
export interface LaneLevel {
  readonly virtualTime: number;
}

/** The items of one flow that are under the same limits. */
export class Lane<T extends Arrival> implements KeyedLane, HeapMember {
  readonly flow: Flow<T>;
  /** The rate of their task. */
  readonly rate: Gcra | undefined;
  readonly items: Fifo<T>;
  /** Where it is among those of the same rate that may go; −1 while its key holds it. */
  place = -1;
  readonly #level: LaneLevel;
  readonly #ready: Heap<Lane<T>>;

  constructor(
    level: LaneLevel,
    flow: Flow<T>,
    rate: Gcra | undefined,
    ready: Heap<Lane<T>>,
    items: Fifo<T>,
  ) {
    this.flow = flow;
    this.rate = rate;
    this.items = items;
    this.#level = level;
    this.#ready = ready;
  }

  /** Stands among those that may go. */
  join(): void {
    this.#ready.add(this);
  }

  hold(): void {
    if (this.place >= 0) this.#ready.remove(this);
  }

  free(): void {
    // Time in which it was held is not saved up.
    this.flow.start = Math.max(this.flow.start, this.#level.virtualTime);
    for (const lane of this.flow.lanes) lane.changed();
    this.join();
  }

  /** Its first item, or the start of its flow, is another. */
  changed(): void {
    if (this.place >= 0) this.#ready.update(this);
  }
}

/** Who goes first: whose flow begins earlier, or who came first where they begin together. */
export function goesBefore<T extends Arrival>(a: Lane<T>, b: Lane<T>): boolean {
  const begin = a.flow.start - b.flow.start;
  if (begin !== 0) return begin < 0;
  const arrival = (a.items.peek() as T).since - (b.items.peek() as T).since;
  return arrival === 0 ? a.items.firstOrder < b.items.firstOrder : arrival < 0;
}
