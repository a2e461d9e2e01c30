import { channel } from 'node:diagnostics_channel';
import { isThenable, onRejection, type RuntimeEvent, recordOf } from '../model/index.ts';
import type { EventSink, Logger } from '../ports/index.ts';

/** For tools that listen to the whole process, whichever runtime it is. */
const events = channel('troupe:event');

/** Is told of events as they happen, on the runtime's own time: be quick. */
export type Subscriber = (event: RuntimeEvent) => void;

/** One for each call of `subscribe`: the same function may listen twice, and leave once. */
interface Subscription {
  readonly tell: Subscriber;
}

/**
 * Tells every subscriber of every event, in order. One that throws, or rejects, is dropped and
 * reported: it never harms the runtime or the others. Nobody listening costs two comparisons.
 */
export class EventBus implements EventSink {
  #subscriptions: readonly Subscription[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  publish(event: RuntimeEvent): void {
    // The list is replaced, never changed: who subscribes or leaves meanwhile is no concern here.
    const subscriptions = this.#subscriptions;
    if (events.hasSubscribers) events.publish(event);
    if (subscriptions.length === 0) return;
    for (const subscription of subscriptions) {
      try {
        const given: unknown = subscription.tell(event);
        if (isThenable(given)) onRejection(given, (error) => this.#failed(subscription, error));
      } catch (error) {
        this.#failed(subscription, error);
      }
    }
  }

  #failed(subscription: Subscription, error: unknown): void {
    // What it was told before it left may reject later, each time.
    if (!this.#subscriptions.includes(subscription)) return;
    this.#drop(subscription);
    this.#logger.error({ error: recordOf(error) }, 'a subscriber threw and was dropped');
  }

  /** @returns the way to leave; calling it again does nothing */
  subscribe(subscriber: Subscriber): () => void {
    const subscription = { tell: subscriber };
    this.#subscriptions = [...this.#subscriptions, subscription];
    return () => this.#drop(subscription);
  }

  #drop(subscription: Subscription): void {
    this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
  }
}
