import { checkDispatchRate, type DispatchRate, gcraOf } from './dispatch-options.ts';
import type { Gcra } from './gcra.ts';

/** The rates of tasks, each asked for once. */
export class TaskRates {
  readonly #rateOf: (taskId: string) => DispatchRate | undefined;
  /** By task; null for one that has none. */
  readonly #known = new Map<string, Gcra | null>();

  constructor(rateOf: (taskId: string) => DispatchRate | undefined) {
    this.#rateOf = rateOf;
  }

  /** @throws TroupeError `InvalidOption` for a rate that is none; whatever the function throws */
  of(taskId: string): Gcra | undefined {
    let rate = this.#known.get(taskId);
    if (rate === undefined) {
      rate = this.#ask(taskId) ?? null;
      this.#known.set(taskId, rate);
    }
    return rate ?? undefined;
  }

  #ask(taskId: string): Gcra | undefined {
    const rate = this.#rateOf(taskId);
    if (rate === undefined) return undefined;
    checkDispatchRate(rate, 'taskRate');
    return gcraOf(rate);
  }
}
