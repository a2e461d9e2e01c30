import type { Worker } from 'node:worker_threads';
import type { Piscina } from 'piscina';

/**
 * Counts a pool's threads to their very end. Piscina forgets a thread as soon as it has asked it to
 * end; one inside a native synchronous call lives on until the call returns, and so does the process.
 */
export class ThreadCensus {
  readonly #piscina: Piscina;
  readonly #alive = new Set<Worker>();
  #waiting: (() => void)[] = [];

  constructor(piscina: Piscina) {
    this.#piscina = piscina;
    piscina.on('workerCreate', () => this.#count());
    this.#count();
  }

  /** Threads that were asked to end and have not. */
  get zombies(): number {
    const held = new Set(this.#piscina.threads);
    return [...this.#alive].filter((thread) => !held.has(thread)).length;
  }

  /** Resolves when every thread that there is now, or was, has ended. */
  gone(): Promise<void> {
    this.#count();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#tellIfGone();
    });
  }

  #count(): void {
    for (const thread of this.#piscina.threads) {
      if (this.#alive.has(thread)) continue;
      this.#alive.add(thread);
      thread.once('exit', () => {
        this.#alive.delete(thread);
        this.#tellIfGone();
      });
    }
  }

  #tellIfGone(): void {
    if (this.#alive.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
  }
}
