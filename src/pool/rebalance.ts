import type { Clock, TimerHandle } from '../ports/index.ts';
import { LONG, WORK_BUDGET } from '../schedule/index.ts';
import type { SessionLink } from './session-link.ts';

/**
 * Milliseconds between two looks at workers that hold jobs they have not started. They are given little
 * work, by what tasks were measured to take: one that starts nothing for so long is in a task that
 * takes longer than was thought.
 */
const REBALANCE_INTERVAL = LONG;

/** What it needs of its pool. */
export interface RebalanceHost {
  readonly clock: Clock;
  /** There would be one more worker if something waited for long. @default false */
  readonly mayGrow?: boolean;
}

/** Takes jobs back that wait at one worker while there are others that would take them. */
export class Rebalance {
  readonly #host: RebalanceHost;
  readonly #clock: Clock;
  readonly #links: ReadonlySet<SessionLink>;
  #timer: TimerHandle | undefined;
  #lookedAt = 0;

  constructor(host: RebalanceHost, links: ReadonlySet<SessionLink>) {
    this.#host = host;
    this.#clock = host.clock;
    this.#links = links;
  }

  /**
   * Looks from now on, for as long as a worker holds more than it runs. Where all of them do, only one that
   * gets on could take something, and is heard of: then nobody is woken up for it.
   */
  watch(): void {
    if (this.#timer !== undefined || (this.#links.size < 2 && !this.#mayGrow)) return;
    const open = count(this.#links, isOpen);
    const behind = count(this.#links, isBehind);
    if (behind === 0) return;
    if (behind < open || this.#mayGrow) {
      this.#timer = this.#clock.setTimeout(() => this.#look(), REBALANCE_INTERVAL);
      this.#clock.unref?.(this.#timer);
    } else if (this.#clock.now() - this.#lookedAt >= REBALANCE_INTERVAL) this.#look();
  }

  get #mayGrow(): boolean {
    return this.#host.mayGrow === true;
  }

  /**
   * Takes back what waits for more than a moment at one worker while another has nothing to do. What is
   * left of a burst of small tasks is not worth the way.
   */
  relieve(): void {
    let isAnyFree = false;
    let fullest: SessionLink | undefined;
    for (const link of this.#links) {
      if (link.isFree) isAnyFree = true;
      else if (!link.isStalled && link.hasBacklog && link.load > (fullest?.load ?? WORK_BUDGET)) {
        fullest = link;
      }
    }
    if (isAnyFree) fullest?.takeBack();
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    this.#lookedAt = this.#clock.now();
    const open = [...this.#links].filter((link) => link.open);
    // All are asked: each answer is about the time since the one before.
    const stuck = open.filter((link) => link.isStuck());
    // Where everybody is stuck, only one that is to come could take what is taken back.
    if (stuck.length < open.length || this.#mayGrow) for (const link of stuck) link.takeBack();
    this.watch();
  }
}

const isOpen = (link: SessionLink) => link.open;
const isBehind = (link: SessionLink) => link.hasBacklog;

function count(links: Iterable<SessionLink>, is: (link: SessionLink) => boolean): number {
  let found = 0;
  for (const link of links) if (is(link)) found++;
  return found;
}
