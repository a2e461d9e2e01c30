/**
 * Calls back when the signal aborts, until the way to leave is taken; never for one that has
 * aborted. However many wait, the signal has one listener, which goes with the last of them: a
 * signal for a thousand calls is no leak for Node to warn of, and to leave costs the same at any
 * number.
 *
 * @param listener a function of its own for each call
 * @returns the way to leave
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const audience = audiences.get(signal) ?? new Audience(signal);
  audience.join(listener);
  return () => audience.leave(listener);
}

const audiences = new WeakMap<AbortSignal, Audience>();

/** All that wait for the abort of one signal. */
class Audience {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    audiences.set(signal, this);
    signal.addEventListener('abort', this);
  }

  join(listener: () => void): void {
    this.#listeners.add(listener);
  }

  leave(listener: () => void): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#end();
  }

  /** One that throws keeps nobody else from hearing; its error is the signal's to report. */
  handleEvent(): void {
    // Whoever comes from now on has missed it.
    this.#end();
    const errors: unknown[] = [];
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  #end(): void {
    this.#signal.removeEventListener('abort', this);
    if (audiences.get(this.#signal) === this) audiences.delete(this.#signal);
  }
}
