import { SharedSlot, type SharedSlots } from '../ipc/index.ts';

/**
 * The host's side of the slots in which jobs are named that are asked to stop: one for each task that
 * the session runs at a time, so that a synchronous loop can see it.
 */
export class CancelSlots {
  readonly #shared: SharedSlots;

  constructor(shared: SharedSlots) {
    this.#shared = shared;
  }

  /** Names a job that runs. Of more than run at a time, a message has to do. */
  raise(job: number): void {
    const free = this.#find(0);
    if (free >= 0 && this.#find(job) < 0) this.#shared.store(free, job);
  }

  /** The job has answered. */
  lower(job: number): void {
    const slot = this.#find(job);
    if (slot >= 0) this.#shared.store(slot, 0);
  }

  #find(job: number): number {
    return this.#shared.find(job, SharedSlot.cancelled);
  }
}
