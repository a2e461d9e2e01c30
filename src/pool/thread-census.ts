import type { Worker } from 'node:worker_threads';
import type { Piscina } from 'piscina';

/**
 * Counts a pool's threads to their very end. Piscina forgets a thread as soon as it has asked it to
 * end; one inside a native synchronous call lives on until the call returns, and so does the process.
 */
export class ThreadCensus {
  readonly #piscina: Piscina;
  readonly #ended: (error: unknown) => void;
  readonly #alive = new Set<Worker>();
  #waiting: (() => void)[] = [];

  /** @param ended is told of each thread's end: of the error that it died of, or the code it exited with */
  constructor(piscina: Piscina, ended: (error: unknown) => void) {
    this.#piscina = piscina;
    this.#ended = ended;
  }

  /** Threads that were asked to end and have not. */
  get zombies(): number {
    const held = new Set(this.#piscina.threads);
    return [...this.#alive].filter((thread) => !held.has(thread)).length;
  }

  /** Resolves when every thread that there is now, or was, has ended. */
  gone(): Promise<void> {
    this.count();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#tellIfGone();
    });
  }

  /** Counts those that have come since. Piscina tells of a thread only when it is ready, if it ever is. */
  count(): void {
    for (const thread of this.#piscina.threads) if (!this.#alive.has(thread)) this.#add(thread);
  }

  #add(thread: Worker): void {
    this.#alive.add(thread);
    let cause: unknown;
    thread.once('error', (error) => {
      cause = error;
    });
    thread.once('exit', (code) => {
      this.#alive.delete(thread);
      this.#ended(cause ?? new Error(`worker exited with code: ${code}`));
      this.#tellIfGone();
    });
  }

  #tellIfGone(): void {
    if (this.#alive.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
  }
}
