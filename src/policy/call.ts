import type { Clock, Random } from '../ports/index.ts';

/** What a policy needs of the world. */
export interface PolicyPorts {
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
}

/** What the function of a call is given each time it is run. */
export interface PolicyContext {
  /** Aborts when the time is up, when another hedge was first, and when the caller's does. */
  readonly signal: AbortSignal;
  /** Tries, this one included. */
  readonly attempt: number;
  /** 0 for the first run of a try, 1 and more for those that a hedge sent after it. */
  readonly hedge: number;
}

/** One call on its way through the layers. */
export interface Call extends PolicyContext {
  readonly fn: (context: PolicyContext) => unknown;
  readonly runs: Runs;
  /** Called when the function is about to run: until then, somebody waits for his turn. */
  readonly begun?: () => void;
}

/** The rest of the way: whatever lies within a layer. */
export type Next = (call: Call) => Promise<unknown>;

/** One policy, bound: what happens around the rest of the way. */
export type Layer = (call: Call, next: Next) => Promise<unknown>;

/** The innermost: runs the function, and knows until when it really runs. */
export const perform: Next = async ({ fn, signal, attempt, hedge, runs, begun }) => {
  // It may have aborted between some turn that was waited for and now.
  signal.throwIfAborted();
  begun?.();
  runs.begin();
  try {
    return await fn({ signal, attempt, hedge });
  } finally {
    runs.end();
  }
};

/**
 * The runs of one call's function. A call can be over while some still go on: a function need not
 * heed its signal.
 */
export class Runs {
  #active = 0;
  #ended: (() => void) | undefined;

  begin(): void {
    this.#active++;
  }

  end(): void {
    this.#active--;
    this.#tell();
  }

  /** Calls back once, when no run goes on; at once if none does. To be asked when none can begin. */
  onEnd(callback: () => void): void {
    this.#ended = callback;
    this.#tell();
  }

  #tell(): void {
    if (this.#active > 0) return;
    const ended = this.#ended;
    this.#ended = undefined;
    ended?.();
  }
}
