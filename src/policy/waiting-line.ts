import { onAbort } from '../model/index.ts';

/** Calls that wait for their turn, first come, first served. One whose signal aborts leaves at once. */
export class WaitingLine {
  readonly #waiting = new Set<() => void>();
  readonly #emptied: (() => void) | undefined;

  /** @param emptied called whenever the last one has left */
  constructor(emptied?: () => void) {
    this.#emptied = emptied;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves when its turn comes; rejects with the signal's reason if that aborts first. */
  join(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = () => {
        unfollow();
        this.#waiting.delete(turn);
        if (this.#waiting.size === 0) this.#emptied?.();
      };
      const turn = () => {
        leave();
        resolve();
      };
      const unfollow = onAbort(signal, () => {
        leave();
        reject(signal.reason);
      });
      this.#waiting.add(turn);
    });
  }

  /** Lets the first one go; false when nobody waits. */
  next(): boolean {
    const [first] = this.#waiting;
    first?.();
    return first !== undefined;
  }
}
