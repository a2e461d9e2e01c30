/** Counts what is under way against a limit: the first back-pressure a caller meets. */
export class Admission {
  /** The most that may be under way at once. */
  readonly limit: number;
  #active = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get active(): number {
    return this.#active;
  }

  /** Takes a place; false when all are taken. */
  enter(): boolean {
    if (this.#active >= this.limit) return false;
    this.#active++;
    return true;
  }

  /** Takes a place that there may not be: somebody will leave for it. */
  force(): void {
    this.#active++;
  }

  /** Gives a place back. */
  leave(): void {
    this.#active--;
  }
}
