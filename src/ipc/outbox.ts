import { TroupeError } from '../model/index.ts';
import { MAX_BATCH } from './protocol.ts';
import type { Transport } from './transport.ts';

/**
 * Gathers messages and sends them as one batch: when told to flush, or when the batch is full.
 * A message that cannot travel is singled out and never spoils the batch that it was in.
 */
export class Outbox<Out> {
  #batch: Out[] = [];
  readonly #transport: Pick<Transport<Out, unknown>, 'send'>;
  readonly #refuse: (message: Out, error: TroupeError) => void;

  /** @param refuse is told of a message that could not be sent; may push another in its place */
  constructor(
    transport: Pick<Transport<Out, unknown>, 'send'>,
    refuse: (message: Out, error: TroupeError) => void,
  ) {
    this.#transport = transport;
    this.#refuse = refuse;
  }

  get size(): number {
    return this.#batch.length;
  }

  push(message: Out): void {
    if (this.#batch.push(message) >= MAX_BATCH) this.flush();
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    try {
      this.#transport.send(batch);
    } catch {
      for (const message of batch) {
        this.#sendAlone(message);
        // What was pushed in place of a message that could not be sent goes before the next.
        this.flush();
      }
    }
  }

  #sendAlone(message: Out): void {
    try {
      this.#transport.send([message]);
    } catch (error) {
      this.#refuse(message, TroupeError.from(error, 'NotSerializable', 'message not sent'));
    }
  }
}
