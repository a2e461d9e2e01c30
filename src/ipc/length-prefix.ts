import { TroupeError } from '../model/index.ts';

/** The length of a frame, as four bytes before it, the most significant first. */
export const LENGTH_BYTES = 4;

/** More than that cannot be told in four bytes. */
export const MAX_FRAME_BYTES = 2 ** 32 - 1;

/** What goes before a frame on a line that knows no frames. */
export function lengthPrefix(length: number): Uint8Array<ArrayBuffer> {
  const prefix = new Uint8Array(LENGTH_BYTES);
  new DataView(prefix.buffer).setUint32(0, length);
  return prefix;
}

/**
 * Cuts what a line brings, in pieces of any size, into frames. It never sets aside more memory than has
 * arrived, whatever a length claims.
 */
export class FrameCutter {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #size = 0;

  /** @param maxBytes a longer frame is none: the line carries something else */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that have arrived and make no whole frame yet. */
  get left(): number {
    return this.#size;
  }

  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /**
   * The next frame; nothing while it is not all there.
   * @throws TroupeError `ProtocolError` for one that is too long: where the next begins, nobody can tell
   */
  next(): Uint8Array | undefined {
    if (this.#size < LENGTH_BYTES) return undefined;
    const head = this.#peek(LENGTH_BYTES);
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
    if (length > this.#maxBytes) {
      const message = `a frame of ${length} bytes is longer than any that could have been sent`;
      throw new TroupeError('ProtocolError', message, { details: { bytes: length } });
    }
    if (this.#size < LENGTH_BYTES + length) return undefined;
    this.#take(LENGTH_BYTES);
    return this.#take(length);
  }

  #peek(count: number): Uint8Array {
    const bytes = this.#take(count);
    this.#pieces.unshift(bytes);
    this.#size += count;
    return bytes;
  }

  /** The first bytes, of which there must be so many: where one piece has them, without a copy. */
  #take(count: number): Uint8Array {
    const [first = NOTHING] = this.#pieces;
    if (first.length > count) this.#pieces[0] = first.subarray(count);
    else if (first.length === count) this.#pieces.shift();
    else return this.#gather(count);
    this.#size -= count;
    return first.subarray(0, count);
  }

  #gather(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    let done = 0;
    let used = 0;
    while (done < count) {
      const piece = this.#pieces[used] as Uint8Array;
      const part = piece.subarray(0, count - done);
      bytes.set(part, done);
      done += part.length;
      if (part.length === piece.length) used++;
      else this.#pieces[used] = piece.subarray(part.length);
    }
    this.#pieces.splice(0, used);
    this.#size -= count;
    return bytes;
  }
}

const NOTHING = new Uint8Array();
