/** What a generator is read through, of either kind. */
export type Yielding = AsyncIterator<unknown, unknown> | Iterator<unknown, unknown>;

/** True for what `async function*` and `function*` give: an iterator that can be told to return. */
export function isGenerator(value: unknown): value is Yielding {
  if (typeof value !== 'object' || value === null) return false;
  const { next, return: end, throw: fail } = value as AsyncGenerator;
  return typeof next === 'function' && typeof end === 'function' && typeof fail === 'function';
}

/** All that a generator yields, for a caller who wants it in one piece. */
export async function gathered(generator: Yielding, signal: () => boolean): Promise<unknown[]> {
  const pieces: unknown[] = [];
  for (let next = await generator.next(); !next.done; next = await generator.next()) {
    pieces.push(next.value);
    if (signal()) await generator.return?.();
  }
  return pieces;
}

/**
 * A stream that is sent piece by piece, as far as the host gives credit: a generator that nobody reads
 * stands still at its next `yield`.
 */
export class Streaming {
  readonly #generator: Yielding;
  readonly #send: (piece: unknown) => void;
  #credit = 0;
  #resume: (() => void) | undefined;
  #isOver = false;
  #failure: Error | undefined;

  constructor(generator: Yielding, send: (piece: unknown) => void) {
    this.#generator = generator;
    this.#send = send;
  }

  /** The host takes so many more. */
  grant(count: number): void {
    this.#credit += count;
    this.#wake();
  }

  /** Nobody reads any more: the generator's `finally` blocks run at its next `yield`. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** A piece could not be sent: the stream fails with that. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.end();
  }

  /** Resolves to what the generator returns, once it does. */
  async run(): Promise<unknown> {
    let next = await this.#generator.next();
    while (!next.done && (await this.#isWanted())) {
      this.#credit--;
      this.#send(next.value);
      next = await this.#generator.next();
    }
    if (next.done) return next.value;
    await this.#generator.return?.();
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  /** Waits for credit; false when nobody reads any more. */
  async #isWanted(): Promise<boolean> {
    while (this.#credit === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    return !this.#isOver;
  }

  #wake(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}
