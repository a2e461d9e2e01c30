import type { Layer } from './call.ts';
import { Scope } from './scope.ts';

/**
 * A circuit breaker, or whatever else runs a function or refuses to: a policy is one, too. Its state
 * is its own; policies that are given the same one share it.
 */
export interface BreakerPart {
  execute<T>(
    fn: (context: { readonly signal: AbortSignal }) => T | Promise<T>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<T>;
}

export function isBreaker(value: unknown): value is BreakerPart {
  return typeof (value as Partial<BreakerPart> | null)?.execute === 'function';
}

export function breakerLayer(breaker: BreakerPart): Layer {
  return (call, next) =>
    // The breaker is foreign code: it need not heed its signal, nor hand it on, nor run in time.
    new Scope(call.signal).run(async (own) =>
      breaker.execute(
        async (context) => {
          own.throwIfAborted();
          return next({ ...call, signal: context?.signal ?? own });
        },
        { signal: own },
      ),
    );
}
