import { INBOX_SIZE } from '../ipc/index.ts';

/**
 * What is sent to a running task, for it to read at its own pace. The sender is told of what was taken,
 * and sends no more than an inbox holds: nothing piles up here.
 */
export class Inbox implements AsyncIterableIterator<unknown, undefined> {
  readonly #taken: (count: number) => void;
  #messages: unknown[] = [];
  /** Those taken that the sender has not been told of: it is told of half an inbox at a time. */
  #untold = 0;
  /** Those who asked before there was anything, in order. */
  #readers: ((result: IteratorResult<unknown, undefined>) => void)[] = [];
  #isOver = false;

  /** @param taken tells the sender of room for so many more */
  constructor(taken: (count: number) => void) {
    this.#taken = taken;
  }

  deliver(message: unknown): void {
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#messages.push(message);
      return;
    }
    this.#count();
    reader({ done: false, value: message });
  }

  /** Nothing more comes: the task was asked to stop, or has ended. */
  end(): void {
    this.#isOver = true;
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#messages.length > 0) {
      this.#count();
      return Promise.resolve({ done: false, value: this.#messages.shift() });
    }
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#readers.push(resolve);
    });
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #count(): void {
    this.#untold++;
    if (this.#untold < INBOX_SIZE / 2) return;
    this.#taken(this.#untold);
    this.#untold = 0;
  }
}
