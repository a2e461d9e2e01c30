import { type Arrival, Fifo, type Numbered } from './fifo.ts';
import type { Gcra } from './gcra.ts';
import { Heap } from './heap.ts';
import type { KeyState, KeyTable } from './key-table.ts';
import { Flow, goesBefore, Lane, type LaneLevel } from './lane.ts';

/** Flows that have no items are remembered up to so many, or as many as have items. */
const REMEMBERED_FLOWS = 1_024;

/**
 * What waits at one priority where items have keys or rates: the keys share it by their weights.
 * This is start-time fair queueing (P. Goyal, H. Vin, H. Cheng, 1996) with items of cost 1: an item
 * begins at the virtual time at which the one before it of its flow ended, `1 / weight` after that
 * began, or now if that is later; and the earliest beginning goes first. While two flows have items
 * that may go, what each was given, divided by its weight, differs by no more than
 * `1 / weight + 1 / otherWeight`. A flow that was held, or had nothing, has not saved up its share.
 *
 * Items whose task is limited stand in lanes of their own, so that a limit holds back nothing else.
 */
export class FairLevel<T extends Arrival> implements LaneLevel {
  /** Where the last item that was given out began; when nothing waits, where the last flow ended. */
  virtualTime = 0;
  size = 0;
  readonly #plain: Fifo<T>;
  readonly #keys: KeyTable;
  readonly #flows = new Map<string | undefined, Flow<T>>();
  #idleFlows = 0;
  /** The lanes that no key holds, by the rate of their task. */
  readonly #ready = new Map<Gcra | undefined, Heap<Lane<T>>>();
  #nextOrder = 0;
  #frontOrder = 0;
  #lastEnd = 0;

  /** @param plain items without key and rate, which are its own from `begin` to `end` */
  constructor(plain: Fifo<T>, keys: KeyTable) {
    this.#plain = plain;
    this.#keys = keys;
  }

  /** Flows that it knows of. */
  get flows(): number {
    return this.#flows.size;
  }

  /** From now on the one line is a lane among others. */
  begin(): void {
    this.size = this.#plain.size;
    this.#frontOrder = this.#plain.number();
    if (this.size > 0) this.#enter(this.#laneFor(undefined, undefined));
  }

  /** Nothing waits here any more. */
  end(): void {
    this.#plain.forgetNumbers();
    this.#flows.clear();
    this.#idleFlows = 0;
  }

  push(item: T, key: KeyState | undefined, rate: Gcra | undefined): void {
    const lane = this.#laneFor(key, rate);
    lane.items.push(item, this.#nextOrder++);
    this.size++;
    if (lane.items.size === 1) this.#enter(lane);
  }

  /** Takes an item back in its place: its flow did not get it. */
  giveBack(item: T, key: KeyState | undefined, rate: Gcra | undefined): void {
    const lane = this.#laneFor(key, rate);
    const { flow } = lane;
    lane.items.giveBack(item, --this.#frontOrder);
    this.size++;
    flow.start = Math.max(flow.start - flow.cost, this.virtualTime);
    if (lane.items.size === 1) this.#enter(lane);
    for (const each of flow.lanes) each.changed();
  }

  /** The lane whose first item goes next; undefined while none may. */
  first(now: number): Lane<T> | undefined {
    let first: Lane<T> | undefined;
    for (const [rate, ready] of this.#ready) {
      const lane = ready.first;
      if (lane === undefined || (rate !== undefined && rate.wait(now) > 0)) continue;
      if (first === undefined || goesBefore(lane, first)) first = lane;
    }
    return first;
  }

  /** When a task's rate next lets an item go that nothing else holds; Infinity if none does. */
  get nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const [rate, ready] of this.#ready) {
      if (rate !== undefined && ready.size > 0) next = Math.min(next, rate.readyAt);
    }
    return next;
  }

  /** Takes the first item of the lane that goes next. */
  take(lane: Lane<T>, now: number): T {
    const { flow, items, rate } = lane;
    const item = items.shift() as T;
    this.virtualTime = Math.max(this.virtualTime, flow.start);
    flow.start = this.virtualTime + flow.cost;
    this.#lastEnd = Math.max(this.#lastEnd, flow.start);
    this.#took();
    rate?.take(now);
    const isLast = items.size === 0;
    if (isLast) this.#close(lane);
    for (const each of flow.lanes) each.changed();
    if (flow.key !== undefined) {
      // Given before left: a key that has neither items here nor given out is forgotten.
      this.#keys.given(flow.key, now);
      if (isLast) this.#keys.left(flow.key, lane);
    }
    return item;
  }

  /** Takes out an item that waits. */
  remove(item: T, key: KeyState | undefined, rate: Gcra | undefined): void {
    const lane = this.#laneFor(key, rate);
    lane.items.remove(item);
    this.#took();
    if (lane.items.size > 0) lane.changed();
    else this.#leave(lane);
  }

  clear(): void {
    for (const lane of [...this.#lanes()]) {
      lane.items.clear();
      this.#leave(lane);
    }
    this.size = 0;
    this.virtualTime = this.#lastEnd;
  }

  /** The first item of each lane: none of the lane came before it. */
  *firsts(): Generator<T> {
    for (const lane of this.#lanes()) yield lane.items.peek() as T;
  }

  /** Lane by lane, each in order of arrival. */
  *[Symbol.iterator](): Generator<T> {
    for (const lane of this.#lanes()) yield* lane.items;
  }

  /** In order of arrival, backwards. Each step looks at every lane. */
  *newestFirst(): Generator<T> {
    const ends = [...this.#lanes()].map((lane) => new LaneEnd(lane.items));
    for (;;) {
      let newest: LaneEnd<T> | undefined;
      for (const end of ends) if (isNewer(end.next, newest?.next)) newest = end;
      if (newest?.next === undefined) return;
      yield newest.next.item;
      newest.advance();
    }
  }

  #took(): void {
    this.size--;
    if (this.size === 0) this.virtualTime = this.#lastEnd;
  }

  *#lanes(): Generator<Lane<T>> {
    for (const flow of this.#flows.values()) yield* flow.lanes;
  }

  /** The lane for such items; if it is new, nobody knows of it before it is entered. */
  #laneFor(key: KeyState | undefined, rate: Gcra | undefined): Lane<T> {
    let flow = this.#flows.get(key?.key);
    if (flow === undefined) {
      flow = new Flow(key, this.virtualTime);
      this.#flows.set(key?.key, flow);
      this.#idleFlows++;
    }
    // What was known of the key may have been forgotten meanwhile, and be new.
    flow.key = key;
    return (
      flow.laneOf(rate) ?? new Lane(this, flow, rate, this.#readyOf(rate), this.#itemsOf(key, rate))
    );
  }

  #readyOf(rate: Gcra | undefined): Heap<Lane<T>> {
    let ready = this.#ready.get(rate);
    if (ready === undefined) {
      ready = new Heap(goesBefore);
      this.#ready.set(rate, ready);
    }
    return ready;
  }

  #itemsOf(key: KeyState | undefined, rate: Gcra | undefined): Fifo<T> {
    if (key === undefined && rate === undefined) return this.#plain;
    const items = new Fifo<T>();
    items.number();
    return items;
  }

  /** A lane has its first item. */
  #enter(lane: Lane<T>): void {
    const { flow } = lane;
    const { key } = flow;
    if (flow.lanes.push(lane) === 1) {
      this.#idleFlows--;
      flow.start = Math.max(flow.start, this.virtualTime);
    }
    if (key !== undefined) this.#keys.joined(key, lane);
    if (!key?.isHeld) lane.join();
  }

  /** A lane has no more items. */
  #leave(lane: Lane<T>): void {
    this.#close(lane);
    if (lane.flow.key !== undefined) this.#keys.left(lane.flow.key, lane);
  }

  #close(lane: Lane<T>): void {
    const { flow } = lane;
    lane.hold();
    flow.lanes.splice(flow.lanes.indexOf(lane), 1);
    if (flow.lanes.length > 0) return;
    this.#idleFlows++;
    if (this.#idleFlows > Math.max(REMEMBERED_FLOWS, this.#flows.size / 2)) this.#forgetFlows();
  }

  /**
   * Forgets idle flows: all whose last item has ended in virtual time, as they would begin anew like
   * any other, and of the others the oldest half, which may then begin one item too early.
   */
  #forgetFlows(): void {
    const kept = this.#idleFlows / 2;
    for (const [id, { lanes, start }] of this.#flows) {
      if (lanes.length > 0 || (start > this.virtualTime && this.#idleFlows <= kept)) continue;
      this.#flows.delete(id);
      this.#idleFlows--;
    }
  }
}

/** A lane that is read from its end. */
class LaneEnd<T extends Arrival> {
  next: Numbered<T> | undefined;
  readonly #items: Generator<Numbered<T>>;

  constructor(items: Fifo<T>) {
    this.#items = items.newestFirst();
    this.advance();
  }

  advance(): void {
    const { value } = this.#items.next();
    this.next = value;
  }
}

function isNewer<T extends Arrival>(
  a: Numbered<T> | undefined,
  b: Numbered<T> | undefined,
): boolean {
  if (a === undefined || b === undefined) return a !== undefined;
  const arrival = a.item.since - b.item.since;
  return arrival === 0 ? a.order > b.order : arrival > 0;
}
