import { checkFunction, checkNames } from '../model/index.ts';
import type { Layer } from './call.ts';
import { asks } from './predicate.ts';

export interface FallbackOptions {
  /** False for a failure that the caller should see. @default every failure is fallen back from */
  readonly fallbackIf?: (error: unknown) => boolean;
}

/** What stands in for a call that failed. */
export type FallbackFunction<T> = (
  error: unknown,
  context: { readonly signal: AbortSignal },
) => T | Promise<T>;

/** @see fallback */
export interface Fallback<T> extends FallbackOptions {
  readonly kind: 'fallback';
  readonly fallback: FallbackFunction<T>;
}

/**
 * Gives something else when a call fails, after everything else was tried, and also when it was
 * refused for lack of room. A call that its caller aborts has not failed. What the fallback itself
 * throws is what the call rejects with.
 *
 * @throws TroupeError `InvalidOption`
 */
export function fallback<T>(
  standIn: FallbackFunction<T>,
  options: FallbackOptions = {},
): Fallback<T> {
  checkFunction('fallback', standIn);
  checkNames(options, ['fallbackIf']);
  if (options.fallbackIf !== undefined) checkFunction('fallbackIf', options.fallbackIf);
  return Object.freeze({ kind: 'fallback', fallback: standIn, ...options });
}

export function fallbackLayer({ fallback, fallbackIf }: Fallback<unknown>): Layer {
  return async (call, next) => {
    try {
      return await next(call);
    } catch (error) {
      call.signal.throwIfAborted();
      if (fallbackIf !== undefined && !asks('fallbackIf', fallbackIf, error)) throw error;
      return fallback(error, { signal: call.signal });
    }
  };
}
