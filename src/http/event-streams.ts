import { Refusal } from './problem.ts';

/** The event streams that are open: caps their number, and ends them all for a shutdown. */
export class EventStreams {
  readonly #open = new Set<AbortController>();
  readonly #limit: number;
  #ended = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes a place; `leave` gives it back. The stream must end when the controller aborts.
   * @throws Refusal `TooManyStreams`, also once all were ended
   */
  enter(): AbortController {
    if (this.#ended) throw new Refusal('TooManyStreams', 'the server is going away');
    if (this.#open.size >= this.#limit) {
      const detail = `${this.#limit} event streams are open, which is the limit`;
      throw new Refusal('TooManyStreams', detail);
    }
    const controller = new AbortController();
    this.#open.add(controller);
    return controller;
  }

  leave(controller: AbortController): void {
    this.#open.delete(controller);
  }

  /** Ends all streams, and lets no new one begin. */
  end(): void {
    this.#ended = true;
    for (const controller of this.#open) controller.abort();
  }
}
