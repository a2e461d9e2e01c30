import type { Clock } from '../ports/index.ts';

/** Real time. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimeout: (fn: () => void, ms: number) => setTimeout(fn, ms),
  clearTimeout: (handle: unknown) => clearTimeout(handle as NodeJS.Timeout),
  unref: (handle: unknown) => void (handle as NodeJS.Timeout).unref(),
});
