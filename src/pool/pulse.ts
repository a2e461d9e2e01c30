import { HEARTBEAT, SharedSlot, type SharedSlots } from '../ipc/index.ts';
import type { Clock } from '../ports/index.ts';

/** What a session has to do, as far as it concerns whether it does it. */
export interface Work {
  readonly isAtWork: boolean;
  /** How often it has been given work when it had none. */
  readonly stretches: number;
}

/** The signs of life that a thread gives in shared memory: that the host is busy does not hide them. */
export class Pulse {
  readonly #shared: SharedSlots;
  readonly #clock: Clock;
  #heartbeat = 0;
  #seenAt: number;
  #started = 0;
  #stretches = 0;
  /** When it was last found to have nothing to do, or something new. */
  #newAt: number;

  constructor(shared: SharedSlots, clock: Clock) {
    this.#shared = shared;
    this.#clock = clock;
    this.#seenAt = clock.now();
    this.#newAt = this.#seenAt;
  }

  /** Milliseconds for which the heartbeat has been found to stand still. */
  get silence(): number {
    const now = this.#clock.now();
    const heartbeat = this.#shared.load(SharedSlot.heartbeat);
    if (heartbeat !== this.#heartbeat) this.#seenAt = now;
    this.#heartbeat = heartbeat;
    return now - this.#seenAt;
  }

  /**
   * Milliseconds for which its event loop has stood still in what it does, for certain: it may be more.
   * Negative while that may be none.
   */
  standstill({ isAtWork, stretches }: Work): number {
    const { silence } = this;
    const now = this.#seenAt + silence;
    const started = this.#shared.load(SharedSlot.started);
    const isSame = started === this.#started && stretches === this.#stretches;
    this.#started = started;
    this.#stretches = stretches;
    if (!isAtWork || !isSame) this.#newAt = now;
    // It may have turned until just before the next heartbeat was due.
    return now - Math.max(this.#seenAt + HEARTBEAT, this.#newAt);
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
