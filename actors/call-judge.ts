import {
  type ResolvedBreakerOptions,
  recordOf,
  retryAfterOf,
  TroupeError,
  waitOf,
} from '../src/model/index.ts';
import type { Clock, EventSink } from '../src/ports/index.ts';

/** What a call counts as; `ignored` and `cancelled` ones say nothing about the far side. */
export type Verdict = 'success' | 'failure' | 'ignored' | 'cancelled';

type Callback = 'isFailure' | 'isIgnored' | 'isFailedResult' | 'retryAfter';

/**
 * Judges how calls ended, by the functions among a breaker's options. One that throws is reported,
 * and the call is judged as if it had not been given: neither the call nor the breaker is harmed.
 */
export class CallJudge {
  readonly #breaker: string;
  readonly #options: ResolvedBreakerOptions;
  readonly #clock: Clock;
  readonly #sink: EventSink;

  constructor(breaker: string, options: ResolvedBreakerOptions, clock: Clock, sink: EventSink) {
    this.#breaker = breaker;
    this.#options = options;
    this.#clock = clock;
    this.#sink = sink;
  }

  error(error: unknown): Verdict {
    if (isCancellation(error)) return 'cancelled';
    if (this.#ask('isIgnored', error) === true) return 'ignored';
    return this.#ask('isFailure', error) === false ? 'success' : 'failure';
  }

  result(result: unknown): Verdict {
    return this.#ask('isFailedResult', result) === true ? 'failure' : 'success';
  }

  /** Milliseconds that the far side asked to be left alone for; 0 when it did not. */
  retryAfter(value: unknown): number {
    const own = this.#options.retryAfter !== undefined;
    const asked = own ? waitOf(this.#ask('retryAfter', value)) : retryAfterOf(value);
    return Math.min(asked ?? 0, this.#options.maxRetryAfter);
  }

  #ask(callback: Callback, value: unknown): unknown {
    const ask = this.#options[callback];
    if (ask === undefined) return undefined;
    try {
      return ask(value);
    } catch (error) {
      this.#sink.publish({
        type: 'breaker.callback_failed',
        breaker: this.#breaker,
        callback,
        error: recordOf(error),
        time: this.#clock.wallTime(),
      });
      return undefined;
    }
  }
}

/** What `AbortSignal`s make of a call, and what troupe makes of a task. */
function isCancellation(error: unknown): boolean {
  if (TroupeError.is(error)) {
    return error.code === 'TaskCancelled' || error.code === 'ExecutionCancelled';
  }
  return nameOf(error) === 'AbortError';
}

/** A thrown object's accessors are foreign code: they may throw. */
function nameOf(error: unknown): unknown {
  try {
    return (error as { readonly name?: unknown } | undefined | null)?.name;
  } catch {
    return undefined;
  }
}
