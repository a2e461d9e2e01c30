import { type KeyPolicy, resolveKeyPolicy } from './dispatch-options.ts';
import type { Gcra } from './gcra.ts';
import { Heap } from './heap.ts';

/** Items of a key that wait in one line, and go or are held together. */
export interface KeyedLane {
  /** From now on none of them may go. */
  hold(): void;
  /** From now on they may. */
  free(): void;
}

/** All that is known of one key. */
export class KeyState {
  readonly key: string;
  readonly weight: number;
  readonly concurrency: number;
  readonly rate: Gcra | undefined;
  /** Items that were given out and not released. */
  active = 0;
  /** Its rate said no, and has not been asked again since. */
  isEarly = false;
  /** None of its items may go. */
  isHeld = false;
  /** Those that are not empty. */
  readonly lanes: KeyedLane[] = [];
  /** When it is to be looked at, while it is in `heap`. */
  at = 0;
  heap: Heap<KeyState> | undefined;
  place = -1;

  constructor(key: string, policy: KeyPolicy | undefined) {
    const { weight, concurrency, rate } = resolveKeyPolicy(policy);
    this.key = key;
    this.weight = weight;
    this.concurrency = concurrency;
    this.rate = rate;
  }
}

const isEarlier = (a: KeyState, b: KeyState) => a.at < b.at;

/**
 * The keys that there is something to know of: items that wait or are given out, or a rate that
 * remembers. Others are forgotten, so that any number of keys may pass through.
 */
export class KeyTable {
  readonly #policyOf: ((key: string) => KeyPolicy | undefined) | undefined;
  readonly #states = new Map<string, KeyState>();
  /** Those that wait for their rate, with items that wait. */
  readonly #waking = new Heap<KeyState>(isEarlier);
  /** Those that only their rate still remembers. */
  readonly #fading = new Heap<KeyState>(isEarlier);

  constructor(policyOf: ((key: string) => KeyPolicy | undefined) | undefined) {
    this.#policyOf = policyOf;
  }

  get size(): number {
    return this.#states.size;
  }

  /** When the next key may go on that waits for its rate; Infinity when none does. */
  get nextAt(): number {
    return this.#waking.first?.at ?? Number.POSITIVE_INFINITY;
  }

  find(key: string): KeyState | undefined {
    return this.#states.get(key);
  }

  /** @throws TroupeError `InvalidOption` for a policy that is none; whatever the policy throws */
  obtain(key: string): KeyState {
    let state = this.#states.get(key);
    if (state === undefined) {
      state = new KeyState(key, this.#policyOf?.(key));
      this.#states.set(key, state);
    }
    return state;
  }

  joined(state: KeyState, lane: KeyedLane): void {
    if (state.lanes.push(lane) === 1) this.#settle(state);
  }

  left(state: KeyState, lane: KeyedLane): void {
    state.lanes.splice(state.lanes.indexOf(lane), 1);
    if (state.lanes.length === 0) this.#settle(state);
  }

  /** One of its items was given out. */
  given(state: KeyState, now: number): void {
    state.active++;
    if (state.rate !== undefined) {
      state.rate.take(now);
      state.isEarly = state.rate.wait(now) > 0;
    }
    this.#settle(state);
  }

  /** One of its items that were given out has ended. */
  released(state: KeyState): void {
    if (state.active === 0) return;
    state.active--;
    this.#settle(state);
  }

  /** One of its items that were given out has come back as it was. */
  gaveBack(state: KeyState, taken: number): void {
    state.rate?.giveBack(taken);
    this.released(state);
  }

  /** Lets those go on whose time has come, and forgets those of which nothing is left. */
  wake(now: number): void {
    for (let state = this.#waking.first; state; state = this.#waking.first) {
      if (state.rate === undefined || state.rate.wait(now) > 0) break;
      state.isEarly = false;
      this.#settle(state);
    }
    for (let state = this.#fading.first; state; state = this.#fading.first) {
      if (state.at > now) break;
      this.#fading.remove(state);
      this.#states.delete(state.key);
    }
  }

  /** Puts a key where it belongs after something about it has changed. */
  #settle(state: KeyState): void {
    const isHeld = state.isEarly || state.active >= state.concurrency;
    if (isHeld !== state.isHeld) {
      state.isHeld = isHeld;
      for (const lane of state.lanes) isHeld ? lane.hold() : lane.free();
    }
    const heap = this.#heapFor(state);
    if (heap === undefined && state.heap === undefined) return;
    state.heap?.remove(state);
    state.heap = heap;
    heap?.add(state);
  }

  #heapFor(state: KeyState): Heap<KeyState> | undefined {
    if (state.lanes.length > 0) {
      if (!state.isEarly || state.rate === undefined) return undefined;
      state.at = state.rate.readyAt;
      return this.#waking;
    }
    if (state.active > 0) return undefined;
    if (state.rate === undefined) {
      this.#states.delete(state.key);
      return undefined;
    }
    state.at = state.rate.restedAt;
    return this.#fading;
  }
}
