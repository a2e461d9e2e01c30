import type { EventBody, ExecutionEvent } from '../src/model/index.ts';
import type { Clock, EventSink, Journal } from '../src/ports/index.ts';

/** Where records go, and who is told. */
export interface RecorderDeps {
  readonly journal: Pick<Journal, 'append'>;
  readonly sink: EventSink;
  readonly clock: Clock;
}

/**
 * Records the events of one execution, each before anybody is told of it, and tells of them in the
 * order in which they were made, also when the journal is slow.
 */
export class Recorder {
  readonly #executionId: string;
  readonly #deps: RecorderDeps;
  readonly #onFailure: (error: unknown) => void;
  #sequence = 0;
  /** The last record that the journal has not confirmed yet. */
  #latest: Promise<void> | undefined;
  #unconfirmed = 0;
  #listeners = new Set<() => void>();

  /** @param onFailure is told of a record that the journal refused */
  constructor(executionId: string, deps: RecorderDeps, onFailure: (error: unknown) => void) {
    this.#executionId = executionId;
    this.#deps = deps;
    this.#onFailure = onFailure;
  }

  /**
   * Records an event; `then` goes on, and everybody is told, once the journal has it.
   * @returns nothing when that is so already
   */
  record(body: EventBody, then?: () => void): void | Promise<void> {
    const { journal, clock } = this.#deps;
    const event = {
      ...body,
      executionId: this.#executionId,
      sequence: ++this.#sequence,
      time: clock.wallTime(),
    } as ExecutionEvent;
    let pending: void | Promise<void>;
    try {
      pending = journal.append([event]);
    } catch (error) {
      pending = Promise.reject(error);
    }
    if (pending === undefined && this.#latest === undefined) {
      this.#recorded(event, then);
      return;
    }
    const latest = this.#afterwards(this.#latest, pending, event, then);
    this.#latest = latest;
    latest.catch(this.#onFailure);
    return latest;
  }

  /**
   * Calls back once, after the next event is recorded.
   * @returns the way to be called no more
   */
  onRecord(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls back whoever waits for a record, as there may be none any more. */
  wake(): void {
    if (this.#listeners.size === 0) return;
    const listeners = this.#listeners;
    this.#listeners = new Set();
    for (const listener of listeners) listener();
  }

  async #afterwards(
    before: Promise<void> | undefined,
    pending: void | Promise<void>,
    event: ExecutionEvent,
    then: (() => void) | undefined,
  ): Promise<void> {
    this.#unconfirmed++;
    await Promise.all([before, pending]);
    if (--this.#unconfirmed === 0) this.#latest = undefined;
    this.#recorded(event, then);
  }

  #recorded(event: ExecutionEvent, then: (() => void) | undefined): void {
    this.#deps.sink.publish(event);
    then?.();
    this.wake();
  }
}
