import type { EventEmitter } from 'node:events';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export type InterruptSignal = keyof typeof EXIT_CODES;

/**
 * npm passes on the SIGINT that the terminal has sent to the whole process group already: one
 * Ctrl-C arrives twice. A repeat within this many milliseconds is that echo, not impatience.
 */
const ECHO_MS = 300;

export interface InterruptOptions {
  /** Where the signals come from. @default process */
  readonly source?: EventEmitter;
  /** Milliseconds of a monotonic clock. @default performance.now */
  readonly now?: () => number;
  /** Ends the process. @default process.exit */
  readonly exit?: (code: number) => void;
  /** Called at the first signal, before `signal` aborts. */
  readonly onInterrupt?: (by: InterruptSignal) => void;
}

export interface Interrupt extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** 128 and the number of the signal that came; undefined while none has. */
  exitCode(): number | undefined;
}

/**
 * Makes the first SIGINT or SIGTERM an orderly end, and the second an immediate one. Until it is
 * disposed, the signals' default effect is off.
 */
export function listenForInterrupt(options: InterruptOptions = {}): Interrupt {
  const { source = process, now = () => performance.now(), exit = process.exit } = options;
  const controller = new AbortController();
  let first: { by: InterruptSignal; at: number } | undefined;
  const listen = (by: InterruptSignal) => () => {
    if (first === undefined) {
      first = { by, at: now() };
      options.onInterrupt?.(by);
      controller.abort(new Error(by));
    } else if (by !== first.by || now() - first.at > ECHO_MS) exit(EXIT_CODES[by]);
  };
  const onInt = listen('SIGINT');
  const onTerm = listen('SIGTERM');
  source.on('SIGINT', onInt).on('SIGTERM', onTerm);
  return {
    signal: controller.signal,
    exitCode: () => first && EXIT_CODES[first.by],
    [Symbol.dispose]: () => void source.off('SIGINT', onInt).off('SIGTERM', onTerm),
  };
}
