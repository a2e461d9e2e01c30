import { SharedSlot, type SharedSlots } from '../ipc/index.ts';
import type { Clock } from '../ports/index.ts';

/** The signs of life that a thread gives in shared memory: that the host is busy does not hide them. */
export class Pulse {
  readonly #shared: SharedSlots;
  readonly #clock: Clock;
  #heartbeat = 0;
  #seenAt: number;

  constructor(shared: SharedSlots, clock: Clock) {
    this.#shared = shared;
    this.#clock = clock;
    this.#seenAt = clock.now();
  }

  /** Milliseconds for which the heartbeat has been found to stand still. */
  get silence(): number {
    const now = this.#clock.now();
    const heartbeat = this.#shared.load(SharedSlot.heartbeat);
    if (heartbeat !== this.#heartbeat) this.#seenAt = now;
    this.#heartbeat = heartbeat;
    return now - this.#seenAt;
  }

  /** What came before does not count: it may be that nobody could look. */
  forgive(): void {
    this.#seenAt = this.#clock.now();
  }

  /** The share of the time between the last two heartbeats in which the thread was busy, from 0 to 1. */
  get utilisation(): number {
    return this.#shared.load(SharedSlot.utilisation) / 1_000;
  }
}
