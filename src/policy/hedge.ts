import {
  checkCount,
  checkMilliseconds,
  checkNames,
  type RetryBudget,
  TroupeError,
} from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import type { Call, Layer, Next } from './call.ts';
import { Scope } from './scope.ts';

export interface HedgeOptions {
  /**
   * Milliseconds without an outcome after which the function is run once more, from when its last
   * run began: the wait for a turn in the rate does not count.
   */
  readonly delay: number;
  /** Runs under way at once in all, the first one included. @default 2 */
  readonly max?: number;
}

/** @see hedge */
export interface Hedge {
  readonly kind: 'hedge';
  readonly delay: number;
  readonly max: number;
}

/**
 * Runs the function once more when it is slow, and takes what succeeds first; the others are aborted
 * (J. Dean, L. A. Barroso, "The Tail at Scale", 2013). Only for functions that may safely run twice.
 * It helps against slowness, not failure: when all runs under way have failed, the try has, with the
 * last error. While the budget of the call's retry is exhausted, nothing is run twice.
 *
 * @throws TroupeError `InvalidOption`
 */
export function hedge(options: HedgeOptions): Hedge {
  checkNames(options, ['delay', 'max']);
  const { delay, max = 2 } = options;
  checkMilliseconds('delay', delay, 0);
  checkCount('max', max, 2);
  return Object.freeze({ kind: 'hedge', delay, max });
}

export function hedgeLayer(options: Hedge, clock: Clock, budget: RetryBudget | undefined): Layer {
  return (call, next) => {
    const race = new HedgeRace(options, clock, budget);
    return race.run(call, next);
  };
}

/** The runs of one try. */
class HedgeRace {
  readonly #options: Hedge;
  readonly #clock: Clock;
  readonly #budget: RetryBudget | undefined;
  readonly #underWay = new Set<Scope>();
  #sent = 0;
  /** Set while a run is about to be joined by another. */
  #timer: unknown;

  constructor(options: Hedge, clock: Clock, budget: RetryBudget | undefined) {
    this.#options = options;
    this.#clock = clock;
    this.#budget = budget;
  }

  run(call: Call, next: Next): Promise<unknown> {
    const all = new Scope(call.signal, () => this.#end());
    return all.run(
      (signal) =>
        new Promise((resolve, reject) => {
          const send = () => {
            const hedge = this.#sent++;
            const begun = () => this.#begun(send);
            const run = new Scope(signal);
            this.#underWay.add(run);
            run
              .run((own) => next({ ...call, signal: own, hedge, begun }))
              .then(
                (value) => {
                  this.#underWay.delete(run);
                  resolve(value);
                  this.#abortOthers();
                },
                (error: unknown) => {
                  this.#underWay.delete(run);
                  if (this.#underWay.size === 0) reject(error);
                },
              );
          };
          send();
        }),
    );
  }

  /** A run can begin more than once, and late: a breaker may try again by itself. */
  #begun(send: () => void): void {
    if (this.#timer !== undefined || this.#sent === this.#options.max) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      if (!this.#budget?.exhausted) send();
    }, this.#options.delay);
  }

  #end(): void {
    this.#clock.clearTimeout(this.#timer);
    // None is sent any more, whatever begins late.
    this.#sent = this.#options.max;
  }

  #abortOthers(): void {
    if (this.#underWay.size === 0) return;
    const reason = new TroupeError('TaskCancelled', 'another run of the same call was faster');
    for (const run of this.#underWay) run.abort(reason);
    this.#underWay.clear();
  }
}
