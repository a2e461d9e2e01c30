import { onAbort } from '../model/index.ts';

/**
 * A signal of its own for a part of a call: it aborts when its parent does, or by itself. Whatever
 * runs in it is over at once then, for those outside, whether or not it heeds the signal; what comes
 * of it later is ignored. Once it is over, it listens to nothing.
 */
export class Scope {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #leave: (() => void) | undefined;
  readonly #ended: (() => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  #over = false;

  /** @param ended called once when it is over, before anyone hears of it */
  constructor(parent: AbortSignal | undefined, ended?: () => void) {
    this.#parent = parent;
    this.#ended = ended;
    this.#leave = parent && onAbort(parent, () => this.abort(parent.reason));
  }

  /**
   * The outcome of `work`, or the reason of an abort that comes first. To be called once; nothing
   * begins when the parent has aborted already.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#parent?.aborted) {
        this.abort(this.#parent.reason);
        return;
      }
      work(this.#controller.signal).then(
        (value) => {
          this.#end();
          resolve(value);
        },
        (error: unknown) => {
          this.#end();
          reject(error);
        },
      );
    });
  }

  /** Ends it with this reason, unless it is over. */
  abort(reason: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#reject?.(reason);
    this.#controller.abort(reason);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#leave?.();
    this.#ended?.();
  }
}
