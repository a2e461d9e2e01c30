import type { Clock } from '../ports/index.ts';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly fn: () => void;
  /** It watches only: nothing waits for it. */
  background: boolean;
}

/** A clock that stands still until it is moved: time in a test, without waiting. */
export class VirtualClock implements Clock {
  readonly #epoch: number;
  readonly #timers = new Set<Timer>();
  #now = 0;
  #order = 0;

  /** @param epoch the wall-clock time at the start, milliseconds since 1970 */
  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  /** Timers that are set and have not fired, without those that would let a process end. */
  get pending(): number {
    return [...this.#timers].filter(({ background }) => !background).length;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#epoch + this.#now;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    const due = this.#now + Math.max(0, ms);
    const timer: Timer = { due, order: this.#order++, fn, background: false };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as Timer);
  }

  unref(handle: unknown): void {
    (handle as Timer).background = true;
  }

  /**
   * Moves time on. Timers fire when their time comes, in order; after each, whatever it set going
   * runs as far as it can without time passing.
   *
   * @param ms milliseconds
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#now = Math.max(this.#now, timer.due);
      this.#timers.delete(timer);
      timer.fn();
      await settled();
    }
    this.#now = end;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      const sooner = next === undefined || timer.due < next.due;
      if (sooner || (timer.due === next?.due && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** Resolves when all promise reactions that are due have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
