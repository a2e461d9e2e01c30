import { type GateAnswer, MAX_TIMEOUT, type RestartGate } from '../src/model/index.ts';
import type { Started } from './started.ts';

/** What one child has of its gate: leave to start, until the gate is told what came of it. */
export class GatePass {
  readonly #onDefect: (error: unknown) => void;
  #settle: GateAnswer['settle'];
  #isGiven = false;

  /** @param onDefect is told of what the gate throws */
  constructor(onDefect: (error: unknown) => void) {
    this.#onDefect = onDefect;
  }

  /**
   * Asks for leave, unless it has been given and not used. A gate that throws, or answers what is no
   * answer, holds nobody back.
   *
   * @returns milliseconds to wait before asking again; 0 with the leave
   */
  admit(gate: RestartGate): number {
    if (this.#isGiven) return 0;
    try {
      const { retryAfter, settle } = gate.admit();
      if (retryAfter > 0) return Math.min(retryAfter, MAX_TIMEOUT);
      this.#settle = settle;
    } catch (error) {
      this.#onDefect(error);
    }
    this.#isGiven = true;
    return 0;
  }

  /** Tells the gate how the start went that it gave leave to; `abandoned` when there was none. */
  settle(kind: Started['kind'], error?: unknown): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#isGiven = false;
    try {
      if (kind === 'abandoned') settle?.('cancelled');
      else if (kind === 'failed') settle?.('failure', error);
      else settle?.('success');
    } catch (defect) {
      this.#onDefect(defect);
    }
  }
}
