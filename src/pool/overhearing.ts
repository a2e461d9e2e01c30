import type { Clock, TimerHandle } from '../ports/index.ts';
import type { SessionLink } from './session-link.ts';

/** Milliseconds between two looks at what sessions have ready and have not sent. */
const INTERVAL = 25;

/**
 * Hears what waits in a session for the end of a task that takes longer than any before it. What is known to
 * take long, the session sends its results before.
 */
export class Overhearing {
  readonly #clock: Clock;
  readonly #links: ReadonlySet<SessionLink>;
  readonly #heard: () => void;
  #timer: TimerHandle | undefined;

  /** @param heard is told after a look that found something */
  constructor(clock: Clock, links: ReadonlySet<SessionLink>, heard: () => void) {
    this.#clock = clock;
    this.#links = links;
    this.#heard = heard;
  }

  /** Looks from now on, for as long as a session owes an answer. */
  watch(): void {
    if (this.#timer !== undefined || !this.#isAnythingOwed()) return;
    this.#timer = this.#clock.setTimeout(() => this.#look(), INTERVAL);
    this.#clock.unref?.(this.#timer);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #isAnythingOwed(): boolean {
    for (const { inFlight } of this.#links) if (inFlight > 0) return true;
    return false;
  }

  #look(): void {
    this.#timer = undefined;
    let isAnyHeard = false;
    for (const link of this.#links) if (link.overhear()) isAnyHeard = true;
    if (isAnyHeard) this.#heard();
    this.watch();
  }
}
