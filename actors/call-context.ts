import { onAbort } from '../src/model/index.ts';

/** What a guarded call is given. */
export class CallContext {
  #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /**
   * The caller's own; where there is none, one that never aborts, made when it is asked for. It is
   * not shared: what listens to it and never leaves would stay for ever.
   */
  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }
}

/** What the value settles with, or the signal's reason if that aborts before. */
export function settledOrAborted<T>(pending: T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const leave = onAbort(signal, abort);
    // What comes after the abort is nobody's concern any more, but must not be unhandled.
    Promise.resolve(pending).then(resolve, reject).finally(leave);
    if (signal.aborted) abort();
  });
}
