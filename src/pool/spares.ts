import type { ExitReason } from '../model/index.ts';
import { type Carried, type Carrier, openPlace, type SessionSettings } from './carrier.ts';

/** A place that was opened for a session that is not there yet. */
interface Spare {
  carried: Carried | undefined;
  isOver: boolean;
  ended: ((reason: ExitReason | undefined) => void) | undefined;
}

/**
 * Opens places ahead of time. A thread takes longer to start than its predecessor takes to die: where it
 * is likely that one will have to be replaced, the next one starts meanwhile. What its session says waits
 * in its line until somebody listens.
 */
export class Spares {
  readonly #carrier: Carrier;
  readonly #spares = new Set<Spare>();

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  /** One more will probably be needed soon. */
  prepare(settings: SessionSettings): void {
    const spare: Spare = { carried: undefined, isOver: false, ended: undefined };
    spare.carried = openPlace(this.#carrier, settings, (reason) => {
      spare.isOver = true;
      this.#spares.delete(spare);
      spare.ended?.(reason);
    });
    this.#spares.add(spare);
  }

  /** One fewer will be needed. */
  standDown(): void {
    this.#take()?.carried?.kill();
  }

  /** @see Carrier.open */
  open(settings: SessionSettings, ended: (reason: ExitReason | undefined) => void): Carried {
    const spare = this.#take();
    if (spare?.carried === undefined) return openPlace(this.#carrier, settings, ended);
    spare.ended = ended;
    return spare.carried;
  }

  #take(): Spare | undefined {
    for (const spare of this.#spares) {
      this.#spares.delete(spare);
      if (!spare.isOver) return spare;
    }
    return undefined;
  }
}
