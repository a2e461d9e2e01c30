import { getEventListeners } from 'node:events';

/** How many listen for the abort of a signal; Node warns of a leak from 11 on. */
export function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}
