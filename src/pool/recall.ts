import { hasStarted, SharedSlot, type SharedSlots } from '../ipc/index.ts';
import type { Flight } from './flight.ts';
import type { JobRecord } from './job-record.ts';

/**
 * Takes jobs back that a session has not started, at once, though the session may not read a message for
 * long. In shared memory the host names the first that may not start, and then looks which one started
 * last; the session names a job as started, and then looks whether it may be. So one of the two sees the
 * other: a job that the host has not seen started will not run.
 */
export class Recall {
  readonly #shared: SharedSlots;
  #isUnderWay = false;
  /** What had started last when it was looked at last; undefined where there was no reason to look. */
  #seen: number | undefined;

  constructor(shared: SharedSlots) {
    this.#shared = shared;
  }

  /** The session has not said yet what became of those that both had their hands on. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /**
   * True when nothing has started since this was asked last, though something waits.
   *
   * @param lastSent the job sent last; undefined while nothing waits
   */
  isStuck(lastSent: number | undefined): boolean {
    if (lastSent === undefined) {
      this.#seen = undefined;
      return false;
    }
    const started = this.#startedLast;
    const isSame = started === this.#seen;
    this.#seen = started;
    return isSame && !hasStarted(lastSent, started);
  }

  /** Those at the end that have not started; one whose input has moved there cannot go anywhere else. */
  waiting(flight: Flight): readonly JobRecord[] {
    const started = this.#startedLast;
    const records = flight.inOrder();
    const stays = ({ number, isBound }: JobRecord) => isBound || hasStarted(number, started);
    return records.slice(records.findLastIndex(stays) + 1);
  }

  /**
   * From now on nothing of that starts.
   * @returns what has not started, nor been cancelled, in order; and how many may lie in the session
   */
  begin(flight: Flight): { readonly records: readonly JobRecord[]; readonly count: number } {
    const waiting = this.waiting(flight);
    const [first] = waiting;
    if (first === undefined) return { records: [], count: 0 };
    this.#isUnderWay = true;
    this.#seen = undefined;
    this.#shared.store(SharedSlot.recalled, first.number);
    const startedMeanwhile = this.#startedLast;
    const records = waiting.filter(
      ({ number, isGivenUp }) => !hasStarted(number, startedMeanwhile) && !isGivenUp,
    );
    return { records, count: waiting.length };
  }

  /** The session has given back what it had: what it is sent from now on may start. */
  end(): void {
    if (!this.#isUnderWay) return;
    this.#isUnderWay = false;
    this.#shared.store(SharedSlot.recalled, 0);
  }

  get #startedLast(): number {
    return this.#shared.load(SharedSlot.started);
  }
}
