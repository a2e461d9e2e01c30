import type { RuntimePhase, Shutdown } from '../../actors/index.ts';
import { TroupeError } from '../model/index.ts';

/** How far a runtime is, and why it takes nothing any more once it does not. */
export class Lifecycle {
  #isUp = false;
  #closed: TroupeError | undefined;
  #failure: TroupeError | undefined;

  /** Why nothing is accepted, once nothing is. */
  get closed(): TroupeError | undefined {
    return this.#closed;
  }

  /** Why it failed, if it did. */
  get failure(): TroupeError | undefined {
    return this.#failure;
  }

  phase(shutdown: Shutdown['status']): RuntimePhase {
    if (this.#failure !== undefined) return 'failed';
    if (shutdown !== 'running') return shutdown === 'stopped' ? 'stopped' : 'stopping';
    return this.#isUp ? 'running' : 'starting';
  }

  /** @throws TroupeError `RuntimeClosed` once nothing is accepted */
  demandOpen(): void {
    if (this.#closed !== undefined) throw this.#closed;
  }

  /** @throws TroupeError `RuntimeClosed` when it was shut down as it started */
  cameUp(): void {
    this.demandOpen();
    this.#isUp = true;
  }

  /** Nothing is accepted from now on. @returns why; the first reason stays */
  close(): TroupeError {
    this.#closed ??= new TroupeError('RuntimeClosed', 'the runtime is shut down');
    return this.#closed;
  }

  /** It goes no further. @returns why nothing is accepted from now on */
  fail(failure: TroupeError): TroupeError {
    this.#failure = failure;
    this.#closed = new TroupeError('RuntimeClosed', `the runtime failed: ${failure.message}`, {
      cause: failure,
    });
    return this.#closed;
  }
}
