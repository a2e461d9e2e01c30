import type { ExitReason } from '../src/model/index.ts';
import type { SupervisedChild } from './supervised-child.ts';

interface Taken {
  readonly by: SupervisedChild;
  /** How it has ended itself meanwhile. */
  end: ExitReason | undefined;
}

/**
 * Children whom a sibling's restart is about to take along, from that one's end until they are
 * stopped for it. If they end themselves before, that is one and the same failure, which costs one
 * restart: what OTP comes to by taking their exit signals out of its mailbox as it stops them.
 */
export class TakenAlong {
  readonly #taken = new Map<SupervisedChild, Taken>();

  take(by: SupervisedChild, siblings: readonly SupervisedChild[]): void {
    for (const each of siblings) if (each !== by) this.#taken.set(each, { by, end: undefined });
  }

  has(child: SupervisedChild): boolean {
    return this.#taken.has(child);
  }

  /** One has ended; false if that is not for somebody else's restart to mend. */
  ended(child: SupervisedChild, end: ExitReason): boolean {
    const taken = this.#taken.get(child);
    if (taken === undefined) return false;
    taken.end = end;
    return true;
  }

  /** One has been stopped for the other's restart. */
  stopped(child: SupervisedChild, by: SupervisedChild): void {
    if (this.#taken.get(child)?.by === by) this.#taken.delete(child);
  }

  /**
   * Nobody is taken along by that one any more.
   * @returns those who have ended, and would have been
   */
  leave(by: SupervisedChild): readonly (readonly [SupervisedChild, ExitReason])[] {
    const ended: (readonly [SupervisedChild, ExitReason])[] = [];
    for (const [child, taken] of this.#taken) {
      if (taken.by !== by) continue;
      this.#taken.delete(child);
      if (taken.end !== undefined) ended.push([child, taken.end]);
    }
    return ended;
  }
}
