/**
 * Numbers that host and session both see at once, whatever either is busy with: memory of two threads, or
 * what stands in for that between two processes.
 */
export interface SharedSlots {
  readonly length: number;
  load(slot: number): number;
  /** Each slot is written by one side only. */
  store(slot: number, value: number): void;
  /** The first slot from there on that holds the value; negative where none does. */
  find(value: number, from: number): number;
}

/** Milliseconds between two heartbeats of a session. */
export const HEARTBEAT = 250;

/** What the slots are for. */
export const SharedSlot = {
  /**
   * The job started last. Jobs are numbered in the order they are sent to a session and started in
   * that order, so that a death tells the started from the merely prefetched.
   */
  started: 0,
  /** Counts up while the session's event loop turns. */
  heartbeat: 1,
  /**
   * From this job on nothing may start; 0 where nothing is held. Written by the host alone, which sends
   * nothing new until the session has answered its `revoke`.
   */
  recalled: 2,
  /** Thousandths of the time between the last two heartbeats in which the session's thread was busy. */
  utilisation: 3,
  /**
   * From here on, one for each task that the session runs at a time: the jobs that are asked to
   * stop, 0 where none is. A synchronous loop can look at it.
   */
  cancelled: 4,
} as const;

/** How many a session has that runs so many tasks at a time. */
export function slotCount(concurrency: number): number {
  return SharedSlot.cancelled + concurrency;
}

/** Slots in memory that threads share. */
export class MemorySlots implements SharedSlots {
  /** What travels to the other thread, which makes slots of it again. */
  readonly memory: Int32Array<SharedArrayBuffer>;

  constructor(memory: Int32Array<SharedArrayBuffer>) {
    this.memory = memory;
  }

  get length(): number {
    return this.memory.length;
  }

  load(slot: number): number {
    return Atomics.load(this.memory, slot);
  }

  store(slot: number, value: number): void {
    Atomics.store(this.memory, slot, value);
  }

  find(value: number, from: number): number {
    for (let slot = from; slot < this.length; slot++) if (this.load(slot) === value) return slot;
    return -1;
  }
}

/** Those of a session on a thread. */
export function sharedSlots(concurrency: number): MemorySlots {
  const { BYTES_PER_ELEMENT } = Int32Array;
  const length = slotCount(concurrency);
  return new MemorySlots(new Int32Array(new SharedArrayBuffer(length * BYTES_PER_ELEMENT)));
}
