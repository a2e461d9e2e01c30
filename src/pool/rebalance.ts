import type { Clock, TimerHandle } from '../ports/index.ts';
import type { SessionLink } from './session-link.ts';

/**
 * Milliseconds between two looks at workers that hold jobs they have not started. They are given some 4 ms
 * of work, by what tasks were measured to take: one that starts nothing for so long is in a task that
 * takes longer than was thought.
 */
const REBALANCE_INTERVAL = 10;

/** Takes jobs back from workers that are stuck in a long task, while there are others. */
export class Rebalance {
  readonly #clock: Clock;
  readonly #links: ReadonlySet<SessionLink>;
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, links: ReadonlySet<SessionLink>) {
    this.#clock = clock;
    this.#links = links;
  }

  /** Looks from now on, for as long as a worker holds more than it runs. */
  watch(): void {
    if (this.#timer !== undefined || this.#links.size < 2) return;
    for (const link of this.#links) {
      if (!link.hasBacklog) continue;
      this.#timer = this.#clock.setTimeout(() => this.#look(), REBALANCE_INTERVAL);
      this.#clock.unref?.(this.#timer);
      return;
    }
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    const open = [...this.#links].filter((link) => link.open);
    // All are asked: each answer is about the time since the one before.
    const stuck = open.filter((link) => link.isStuck());
    // Where everybody is stuck, nobody could take what is taken back.
    if (stuck.length < open.length) for (const link of stuck) link.takeBack();
    this.watch();
  }
}
