import { types } from 'node:util';
import {
  copyOfBytes,
  copyOfView,
  isDetached,
  isPlainBuffer,
  isPooled,
  viewOver,
} from './binary.ts';
import { MOVED_AWAY, type Refusal, threadsOnly } from './refusal.ts';

/** A thread can be handed memory; another process gets bytes only. */
export type Medium = 'port' | 'bytes';

/** Whoever walks the value: counts its bytes, and knows the path of what is refused. */
export interface MemoryHost {
  count(bytes: number): void;
  refuse(refusal: Refusal): never;
}

/**
 * The binary parts of one value: what of them is copied, moved or shared. A walk may learn too late
 * that something moves, or stays shared: then it is walked again, knowing it from the start.
 */
export class Memory {
  /** Something was learnt: what was walked so far may be wrong. */
  outdated = false;
  /** Holds what the sender can still change, or loses by the sending: it should happen at once. */
  urgent = false;
  /** Copies that are handed over with the value. */
  readonly copies: ArrayBuffer[] = [];
  /** What the sender gives away. */
  readonly given: object[] = [];
  readonly #medium: Medium;
  readonly #besideFrom: number;
  readonly #host: MemoryHost;
  /** Buffers, ports, streams and whole objects that move, as far as marks say so. */
  #moving: Set<object> | undefined;
  /** Buffers that are values themselves: views of them stay views of them. */
  #kept: Set<ArrayBuffer> | undefined;
  #viewed: Set<ArrayBuffer> | undefined;
  #keptCopies: Map<ArrayBuffer, ArrayBuffer> | undefined;

  constructor(medium: Medium, besideFrom: number, host: MemoryHost) {
    this.#medium = medium;
    this.#besideFrom = besideFrom;
    this.#host = host;
  }

  /** Before each walk; what was learnt is kept. */
  begin(): void {
    this.outdated = false;
    this.urgent = false;
    this.copies.length = 0;
    this.given.length = 0;
    this.#viewed = undefined;
    this.#keptCopies = undefined;
  }

  /** These move, and what was walked before may be among them. */
  learnMoving(items: readonly object[]): void {
    this.#moving ??= new Set();
    const { size } = this.#moving;
    for (const item of items) this.#moving.add(ArrayBuffer.isView(item) ? item.buffer : item);
    if (this.#moving.size > size) this.outdated = true;
  }

  /** True for what a mark names; so far as it is known. */
  isMoving(object: object): boolean {
    return this.#moving?.has(object) === true;
  }

  /** The sender gives it away. */
  give(object: object): void {
    if (!this.given.includes(object)) this.given.push(object);
    this.urgent = true;
  }

  /** @param all whatever is walked now moves */
  view(view: ArrayBufferView, all: boolean): object {
    const { buffer } = view;
    if (!isPlainBuffer(buffer)) return this.#special(view, buffer, all);
    this.#refuseDetached(buffer);
    if (this.#moves(buffer, all) && !isPooled(view)) {
      this.give(buffer);
      return view;
    }
    if (this.#kept?.has(buffer)) return viewOver(view, this.#copyOf(buffer), view.byteOffset);
    // Only a buffer that it is not all of could be met again, but for a part of the same value.
    this.#viewed ??= new Set();
    this.#viewed.add(buffer);
    this.#host.count(view.byteLength);
    const copy = copyOfView(view);
    this.#handOver(copy.buffer as ArrayBuffer);
    return copy;
  }

  buffer(buffer: ArrayBufferLike, all: boolean): object {
    if (!isPlainBuffer(buffer)) return this.#special(buffer, buffer, all);
    this.#refuseDetached(buffer);
    if (this.#moves(buffer, all)) {
      this.give(buffer);
      return buffer;
    }
    if (this.#viewed?.has(buffer)) this.outdated = true;
    this.#kept ??= new Set();
    this.#kept.add(buffer);
    return this.#copyOf(buffer);
  }

  #moves(buffer: ArrayBufferLike, all: boolean): boolean {
    return this.#medium === 'port' && (all || this.isMoving(buffer));
  }

  /** Shared or resizable memory: only the platform itself can carry it as what it is. */
  #special<T extends object>(value: T, buffer: ArrayBufferLike, all: boolean): T {
    if (types.isSharedArrayBuffer(buffer)) {
      if (this.#medium === 'bytes') this.#host.refuse(threadsOnly(buffer));
      return value;
    }
    if (this.#moves(buffer, all)) this.give(buffer);
    else this.#host.count(buffer.byteLength);
    this.urgent = true;
    return value;
  }

  #copyOf(buffer: ArrayBuffer): ArrayBuffer {
    const known = this.#keptCopies?.get(buffer);
    if (known !== undefined) return known;
    this.#host.count(buffer.byteLength);
    const copy = copyOfBytes(buffer);
    this.#keptCopies ??= new Map();
    this.#keptCopies.set(buffer, copy);
    this.#handOver(copy);
    return copy;
  }

  /** Small copies are cloned with the value: that costs less than to hand them over. */
  #handOver(copy: ArrayBuffer): void {
    if (this.#medium === 'port' && copy.byteLength >= this.#besideFrom) this.copies.push(copy);
  }

  #refuseDetached(buffer: ArrayBuffer): void {
    if (isDetached(buffer)) this.#host.refuse(MOVED_AWAY);
  }
}
