import type { EventEmitter } from 'node:events';
import type { ShutdownReport } from '../../actors/index.ts';
import { dieOf, type EndSignal, ExitCode, endProcess, exitCodeOf } from './exit.ts';

/**
 * npm passes on the signal that a terminal, or systemd, has sent to the whole group already: one
 * Ctrl-C arrives twice. A repeat within this many milliseconds is that echo, not impatience.
 */
const ECHO_MS = 300;

export interface ListenOptions {
  /** Takes a SIGINT over where it is no wish to end; tells whether it did. @default never */
  readonly takeInterrupt?: () => boolean;
  /** Where the signals come from. @default process */
  readonly source?: EventEmitter;
  /** Milliseconds of a monotonic clock. @default performance.now */
  readonly now?: () => number;
  /** Ends the process at once. @default by the signal itself */
  readonly die?: (by: EndSignal) => void;
}

/** Whoever has listened for signals; disposed of, it does not any more. */
export interface Signals extends Disposable {
  /** Resolves at the first SIGINT or SIGTERM. */
  readonly first: Promise<EndSignal>;
  /** The one that came first, if any has. */
  readonly came: EndSignal | undefined;
  /** Milliseconds within which the same signal again is npm's echo of the first. */
  readonly echo: number;
  /** Does some synchronous work while SIGINT has its default effect, or what the work makes of it. */
  withoutInterrupts<T>(work: () => T): T;
}

/**
 * Makes the first SIGINT or SIGTERM a wish to end in order, and the second the end of the process,
 * by the signal's own effect. For programs that have more to do at a signal than to shut down a
 * runtime; otherwise see `RuntimeOptions.signals`.
 */
export function listenForSignals({
  takeInterrupt = () => false,
  source = process,
  now = () => performance.now(),
  die = dieOf,
}: ListenOptions = {}): Signals {
  let first: { readonly by: EndSignal; readonly at: number } | undefined;
  let told: (by: EndSignal) => void = () => {};
  const take = (by: EndSignal) => {
    if (first === undefined) {
      first = { by, at: now() };
      told(by);
    } else if (by !== first.by || now() - first.at > ECHO_MS) die(by);
  };
  const terminated = () => take('SIGTERM');
  const interrupted = () => {
    if (!takeInterrupt()) take('SIGINT');
  };
  source.on('SIGTERM', terminated).on('SIGINT', interrupted);
  return {
    first: new Promise((resolve) => {
      told = resolve;
    }),
    echo: ECHO_MS,
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
    [Symbol.dispose]: () => void source.off('SIGTERM', terminated).off('SIGINT', interrupted),
  };
}

/** What a runtime does about signals besides its shutdown. */
export interface SignalOptions {
  /**
   * Ends the process when the shutdown is over, with the exit code of its report, and with SIGKILL
   * where threads are left that nothing else ends. Without it, the process ends when nothing keeps
   * it any more, and its exit code is set unless it is already. @default false
   */
  readonly exit?: boolean;
}

/** Shuts a runtime down at the first signal. The listeners are to be disposed of after any shutdown. */
export function shutDownAtSignal(
  shutDown: (by: EndSignal) => Promise<ShutdownReport>,
  { exit = false }: SignalOptions,
): Disposable {
  const signals = listenForSignals();
  void signals.first.then(async (by) => {
    const code = exitCodeOf(await shutDown(by));
    if (exit) endProcess(code);
    // Whatever still holds the process has until it likes: it will not be killed.
    process.exitCode ??= code === ExitCode.killed ? ExitCode.deadlinePassed : code;
  });
  return signals;
}
