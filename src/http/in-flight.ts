import type { ServerResponse } from 'node:http';

/** Requests whose responses are not out yet; event streams are among them. */
export class InFlight {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Counts a request until its response is written, or its client gone. */
  add(response: ServerResponse): void {
    this.#count++;
    response.once('close', () => {
      if (--this.#count > 0) return;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    });
  }

  /** Resolves when there are none, or after so many milliseconds. */
  settled(timeout: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
