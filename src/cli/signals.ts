import type { EventEmitter } from 'node:events';
import { dieOf, type EndSignal } from './exit.ts';

/**
 * npm passes on the SIGINT that the terminal has sent to the whole process group already: one
 * Ctrl-C arrives twice. A repeat within this many milliseconds is that echo, not impatience.
 */
export const ECHO_MS = 300;

export interface SignalsOptions {
  /** Takes a SIGINT over where it is no wish to end; tells whether it did. @default never */
  readonly takeInterrupt?: () => boolean;
  /** Where the signals come from. @default process */
  readonly source?: EventEmitter;
  /** Milliseconds of a monotonic clock. @default performance.now */
  readonly now?: () => number;
  /** Ends the process at once. @default by the signal itself */
  readonly die?: (by: EndSignal) => void;
}

export interface Signals {
  /** Resolves at the first SIGINT or SIGTERM. */
  readonly first: Promise<EndSignal>;
  /** The one that came first, if any has. */
  readonly came: EndSignal | undefined;
  /** Does some synchronous work while SIGINT has its default effect, or what the work makes of it. */
  withoutInterrupts<T>(work: () => T): T;
}

/** Makes the first SIGINT or SIGTERM a wish to end in order, and the second the end. */
export function listenForSignals({
  takeInterrupt = () => false,
  source = process,
  now = () => performance.now(),
  die = dieOf,
}: SignalsOptions = {}): Signals {
  let first: { readonly by: EndSignal; readonly at: number } | undefined;
  let told: (by: EndSignal) => void = () => {};
  const take = (by: EndSignal) => {
    if (first === undefined) {
      first = { by, at: now() };
      told(by);
    } else if (by !== first.by || now() - first.at > ECHO_MS) die(by);
  };
  const interrupted = () => {
    if (!takeInterrupt()) take('SIGINT');
  };
  source.on('SIGTERM', () => take('SIGTERM')).on('SIGINT', interrupted);
  return {
    first: new Promise((resolve) => {
      told = resolve;
    }),
    get came() {
      return first?.by;
    },
    withoutInterrupts(work) {
      source.off('SIGINT', interrupted);
      try {
        return work();
      } finally {
        source.on('SIGINT', interrupted);
      }
    },
  };
}
