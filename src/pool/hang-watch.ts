import type { Clock, TimerHandle } from '../ports/index.ts';
import type { SessionLink } from './session-link.ts';

/** So many looks are taken within the time after which a worker counts as hung. */
const LOOKS = 4;

/** Tells of workers whose event loop has not turned for too long while they had work to do, whatever they were told. */
export class HangWatch {
  readonly #clock: Clock;
  readonly #links: ReadonlySet<SessionLink>;
  readonly #timeout: number;
  #timer: TimerHandle | undefined;
  #looked = 0;

  /** @param timeout milliseconds */
  constructor(clock: Clock, links: ReadonlySet<SessionLink>, timeout: number) {
    this.#clock = clock;
    this.#links = links;
    this.#timeout = timeout;
  }

  /** Looks from now on, for as long as there are workers. */
  watch(): void {
    if (this.#timer !== undefined || this.#links.size === 0) return;
    this.#looked = this.#clock.now();
    this.#timer = this.#clock.setTimeout(() => this.#look(), this.#timeout / LOOKS);
    this.#clock.unref?.(this.#timer);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    // A look that comes late says more of this thread than of others: the whole process may have stood still.
    const isLate = this.#clock.now() - this.#looked > this.#timeout / 2;
    for (const link of this.#links) {
      const standstill = link.pulse.standstill(link);
      if (isLate) link.pulse.forgive();
      else if (link.greeted && standstill >= this.#timeout) link.listener.hung();
    }
    this.watch();
  }
}
