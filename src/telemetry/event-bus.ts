import { type RuntimeEvent, recordOf } from '../model/index.ts';
import type { EventSink, Logger } from '../ports/index.ts';

/** Is told of events as they happen, on the runtime's own time: be quick. */
export type Subscriber = (event: RuntimeEvent) => void;

/**
 * Tells every subscriber of every event, in order. One that throws is dropped and reported: it
 * never harms the runtime or the others. Nobody listening costs one comparison.
 */
export class EventBus implements EventSink {
  #subscribers: readonly Subscriber[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  publish(event: RuntimeEvent): void {
    // The list is replaced, never changed: who subscribes or leaves meanwhile is no concern here.
    const subscribers = this.#subscribers;
    if (subscribers.length === 0) return;
    for (const subscriber of subscribers) {
      try {
        subscriber(event);
      } catch (error) {
        this.#drop(subscriber);
        this.#logger.error({ error: recordOf(error) }, 'a subscriber threw and was dropped');
      }
    }
  }

  /** @returns the way to leave; calling it again does nothing */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers = [...this.#subscribers, subscriber];
    return () => this.#drop(subscriber);
  }

  #drop(subscriber: Subscriber): void {
    const at = this.#subscribers.indexOf(subscriber);
    if (at >= 0) this.#subscribers = this.#subscribers.toSpliced(at, 1);
  }
}
