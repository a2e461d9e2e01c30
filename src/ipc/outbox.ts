import { TroupeError } from '../model/index.ts';
import { MAX_BATCH } from './protocol.ts';
import type { Transport } from './transport.ts';

/**
 * Gathers messages and sends them as one batch: when told to flush, when the batch is full, or when
 * one of them should not wait. A message that cannot travel is refused as soon as it is pushed, and
 * never spoils the batch.
 */
export class Outbox<Out> {
  readonly #transport: Pick<Transport<Out, unknown>, 'write' | 'flush'>;
  readonly #refuse: (message: Out, error: TroupeError) => void;
  /** Kept until they are sent: the line itself may refuse one. */
  #batch: Out[] = [];
  #writing = false;
  /** Pushed by a getter of the value that is being written. */
  #pushedMeanwhile: Out[] = [];

  /** @param refuse is told of a message that could not be sent; may push another in its place */
  constructor(
    transport: Pick<Transport<Out, unknown>, 'write' | 'flush'>,
    refuse: (message: Out, error: TroupeError) => void,
  ) {
    this.#transport = transport;
    this.#refuse = refuse;
  }

  get size(): number {
    return this.#batch.length;
  }

  /** @returns true when the message may hold what is gone here once it is sent */
  push(message: Out): boolean {
    if (this.#writing) {
      this.#pushedMeanwhile.push(message);
      return true;
    }
    const urgent = this.#write(message);
    if (urgent || this.#batch.length >= MAX_BATCH) this.flush();
    if (this.#pushedMeanwhile.length === 0) return urgent;
    const late = this.#pushedMeanwhile;
    this.#pushedMeanwhile = [];
    for (const other of late) this.push(other);
    return urgent;
  }

  /** True when what was gathered should leave at once. */
  #write(message: Out): boolean {
    let urgent: boolean;
    try {
      urgent = this.#encode(message);
    } catch (error) {
      this.#refuse(message, unsent(error));
      return false;
    }
    this.#batch.push(message);
    return urgent;
  }

  #encode(message: Out): boolean {
    this.#writing = true;
    try {
      return this.#transport.write(message);
    } finally {
      this.#writing = false;
    }
  }

  flush(): void {
    if (this.#batch.length === 0 || this.#writing) return;
    const batch = this.#batch;
    this.#batch = [];
    try {
      this.#transport.flush();
    } catch {
      for (const message of batch) this.#sendAlone(message);
    }
  }

  #sendAlone(message: Out): void {
    try {
      this.#encode(message);
      this.#transport.flush();
    } catch (error) {
      this.#refuse(message, unsent(error));
      // What was pushed in place of a message that could not be sent goes before the next.
      this.flush();
    }
  }
}

function unsent(error: unknown): TroupeError {
  return TroupeError.from(error, 'NotSerializable', 'message not sent');
}
