import type { ExecutionEvent } from '../model/index.ts';
import type { Clock, Journal } from '../ports/index.ts';

/** How the last append to a journal failed. */
export interface AppendFailure {
  readonly error: unknown;
  /** Milliseconds since. */
  readonly age: number;
}

/** Appends to a journal, and keeps whether the last append that ended has failed. */
export class JournalWatch implements Pick<Journal, 'append'> {
  readonly #journal: Pick<Journal, 'append'>;
  readonly #clock: Clock;
  #failure: { readonly error: unknown; readonly at: number } | undefined;

  constructor(journal: Pick<Journal, 'append'>, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** Undefined while all is well, also before the first append. */
  get failure(): AppendFailure | undefined {
    if (this.#failure === undefined) return undefined;
    const { error, at } = this.#failure;
    return { error, age: this.#clock.now() - at };
  }

  append(events: readonly ExecutionEvent[]): void | Promise<void> {
    let pending: void | Promise<void>;
    try {
      pending = this.#journal.append(events);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
    if (pending === undefined) {
      this.#failure = undefined;
      return;
    }
    // Whatever was given is asked once: a lazy thenable would append anew each time.
    const settled = Promise.resolve(pending);
    settled.then(
      () => {
        this.#failure = undefined;
      },
      (error: unknown) => this.#failed(error),
    );
    return settled;
  }

  #failed(error: unknown): void {
    this.#failure = { error, at: this.#clock.now() };
  }
}
