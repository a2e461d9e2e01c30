import { type ExecutionEvent, TroupeError } from '../model/index.ts';
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
      throw this.#failed(error);
    }
    if (pending === undefined) {
      this.#failure = undefined;
      return;
    }
    // Whatever was given is asked once: a lazy thenable would append anew each time.
    return Promise.resolve(pending).then(
      () => {
        this.#failure = undefined;
      },
      (error: unknown) => {
        throw this.#failed(error);
      },
    );
  }

  #failed(error: unknown): TroupeError {
    this.#failure = { error, at: this.#clock.now() };
    return TroupeError.from(error, 'JournalFailed', 'the journal refused a record');
  }
}
