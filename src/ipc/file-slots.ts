import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, TroupeError } from '../model/index.ts';
import type { DraftRoom, SharedSlots } from './shared-slots.ts';

/** A slot is its value, and that again with every bit turned: half a write is not taken for a whole one. */
const SLOT_BYTES = 8;
/** Of memory, where there is such a place; never written to a disk then. */
const PLACES = ['/dev/shm', tmpdir()];

let made = 0;

/**
 * Slots that two processes share, in a file that has no name. A few bytes that the system holds in its
 * cache anyhow are read and written in about a microsecond, whatever the other process is busy with, and
 * are still there when it has died: that is what stands in for shared memory, which Node has for threads
 * only.
 */
export class FileSlots implements SharedSlots {
  readonly length: number;
  readonly draft: DraftRoom;
  #fd: number;
  readonly #read = new Int32Array(2);
  readonly #written = new Int32Array(2);
  readonly #all: Int32Array;

  /** @param fd a file of `create`, which this process opened or was given */
  constructor(fd: number, length: number) {
    this.#fd = fd;
    this.length = length;
    this.#all = new Int32Array(2 * length);
    this.draft = {
      bytes: undefined,
      write: (frame, from, to) => this.#writeBehind(frame, from, to),
      read: (bytes) => this.#readBehind(bytes),
    };
  }

  /** @throws TroupeError `StartFailed` where no file can be made */
  static create(length: number): FileSlots {
    const slots = new FileSlots(openNameless(), length);
    for (let slot = 0; slot < length; slot++) slots.store(slot, 0);
    return slots;
  }

  /** What the other process is to be given. */
  get fd(): number {
    return this.#fd;
  }

  load(slot: number): number {
    const pair = this.#read;
    // Closed, its number may be that of another file.
    if (this.#fd < 0) return 0;
    do readSync(this.#fd, pair, 0, SLOT_BYTES, slot * SLOT_BYTES);
    while (pair[0] !== ~(pair[1] as number));
    return pair[0] as number;
  }

  store(slot: number, value: number): void {
    if (this.#fd < 0) return;
    this.#written[0] = value;
    this.#written[1] = ~value;
    writeSync(this.#fd, this.#written, 0, SLOT_BYTES, slot * SLOT_BYTES);
  }

  find(value: number, from: number): number {
    if (this.#fd < 0) return -1;
    const all = this.#all;
    readSync(this.#fd, all, 0, all.byteLength, 0);
    for (let slot = from; slot < this.length; slot++) {
      // One that is being written is looked at again, on its own.
      if (all[2 * slot] === value && this.load(slot) === value) return slot;
    }
    return -1;
  }

  /** Behind the slots. */
  #writeBehind(frame: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    try {
      return writeSync(this.#fd, frame, from, length, this.length * SLOT_BYTES + from) === length;
    } catch {
      // The slots have their place since it was made; this may be the first that a full disk has none for.
      return false;
    }
  }

  #readBehind(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    if (this.#fd >= 0) readSync(this.#fd, bytes, 0, length, this.length * SLOT_BYTES);
    return bytes;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}

function openNameless(): number {
  let cause: unknown;
  for (const place of PLACES) {
    const path = join(place, `troupe-${process.pid}-${Date.now()}-${++made}`);
    try {
      const fd = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return fd;
    } catch (error) {
      cause = error;
    }
  }
  const message = `no file for what host and process share in ${PLACES.join(', ')}: ${messageOf(cause)}`;
  throw new TroupeError('StartFailed', message, { cause });
}
