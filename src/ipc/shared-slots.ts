/** Bytes of a session's next frame that its host can see. A frame that has grown beyond them leaves at once. */
export const DRAFT_BYTES = 128 * 1_024;

/** Where the bytes of a session's next frame lie. Written by the session alone; @see Draft */
export interface DraftRoom {
  /** The room itself, where both sides have it in their memory. */
  readonly bytes: Buffer | undefined;
  /**
   * Puts these bytes of a frame in their places, where they were not written there.
   * @returns false where they cannot be put there
   */
  write(frame: Uint8Array, from: number, to: number): boolean;
  /** The first of them. */
  read(length: number): Uint8Array<ArrayBuffer>;
}

/**
 * Numbers that host and session both see at once, whatever either is busy with: memory of two threads, or
 * what stands in for that between two processes.
 */
export interface SharedSlots {
  readonly length: number;
  readonly draft: DraftRoom;
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
  /** Frames that the session has sent. */
  frames: 4,
  /** What is to be seen of the next one; 0 where nothing is. */
  shown: 5,
  /**
   * From here on, one for each task that the session runs at a time: the jobs that are asked to
   * stop, 0 where none is. A synchronous loop can look at it.
   */
  cancelled: 6,
} as const;

/** How many a session has that runs so many tasks at a time. */
export function slotCount(concurrency: number): number {
  return SharedSlot.cancelled + concurrency;
}

/** Slots in memory that threads share. */
export class MemorySlots implements SharedSlots {
  /** What travels to the other thread, which makes slots of it again. */
  readonly memory: Int32Array<SharedArrayBuffer>;
  readonly draft: DraftRoom;

  /** @param memory at the start of a buffer in which there is room for a draft behind it */
  constructor(memory: Int32Array<SharedArrayBuffer>) {
    this.memory = memory;
    this.draft = new MemoryRoom(memory.buffer, memory.byteLength);
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

/** The rest of a buffer. */
class MemoryRoom implements DraftRoom {
  readonly bytes: Buffer;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer, from: number) {
    this.bytes = Buffer.from(buffer, from, DRAFT_BYTES);
    this.#words = new Int32Array(buffer, from, DRAFT_BYTES / WORD);
  }

  /** They are there, or the frame has outgrown the room and lies elsewhere. */
  write(frame: Uint8Array): boolean {
    return frame === this.bytes;
  }

  /** Word by word in this order: what is looked at after that is newer. */
  read(length: number): Uint8Array<ArrayBuffer> {
    const copy = new Int32Array(Math.ceil(length / WORD));
    for (let i = 0; i < copy.length; i++) copy[i] = Atomics.load(this.#words, i);
    return new Uint8Array(copy.buffer, 0, length);
  }
}

const WORD = Int32Array.BYTES_PER_ELEMENT;

/** Those of a session on a thread. */
export function sharedSlots(concurrency: number): MemorySlots {
  const length = slotCount(concurrency);
  const memory = new SharedArrayBuffer(length * WORD + DRAFT_BYTES);
  return new MemorySlots(new Int32Array(memory, 0, length));
}
