/** Thrown where a value is met that MessagePack cannot carry exactly. No Error: that costs a stack. */
export const RICH = Symbol('rich');
/** Thrown where a value has grown beyond its limit. */
export const TOO_LARGE = Symbol('too large');

const INITIAL_BYTES = 64 * 1_024;
/** A buffer that has grown beyond this is not kept. */
const KEPT_BYTES = 4 * 1_024 * 1_024;
/** More than any header, number or date takes: room for those is made before each value. */
const MARGIN = 64;

/** From here on a byte is no number to the reader, but the id of a record. */
export const FIRST_RECORD = 0x40;
export const LAST_RECORD = 0x7f;

const SHORT_TEXT = 24;
/** The code of a Uint8Array, which MessagePack has a type of its own for. */
const UINT8 = 1;

/** Longer texts are measured before room is made for them: three times their length is waste. */
const LONG_TEXT = 128 * 1_024;
const BOM = 0xfeff;

/** Writes the values that hold no others, and the heads of those that do, as msgpackr reads them. */
export class Packer {
  /** Where what is written lies, unless there is no room for it. */
  readonly #home: Buffer;
  /** Where it lay when there was none. */
  #larger: Buffer | undefined;
  #bytes: Buffer;
  #view: DataView;
  #at = 0;
  /** Up to here there is room for `MARGIN` more bytes. */
  #safe = 0;
  #limitFrom = 0;
  #limit = Number.POSITIVE_INFINITY;
  #counted = 0;

  /** @param home where to write, for as long as it is large enough */
  constructor(home: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)) {
    this.#home = home;
    this.#bytes = home;
    this.#view = viewOf(home);
    this.#safe = home.length - MARGIN;
  }

  /** All that was written, from its beginning; until something else is. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Where the next byte goes, and how to go back there. */
  get position(): number {
    return this.#at;
  }

  set position(position: number) {
    this.#at = position;
  }

  /** Bytes that were counted when the limit was passed. */
  get counted(): number {
    return this.#counted;
  }

  /** What is written from here on must not be more than so many bytes, or `TOO_LARGE` is thrown. */
  limit(bytes: number): void {
    this.#limitFrom = this.#at;
    this.#limit = this.#at + bytes;
  }

  /** Refuses what is too large before room is made for it. */
  countAhead(bytes: number): void {
    if (this.#at + bytes <= this.#limit) return;
    this.#counted = this.#at + bytes - this.#limitFrom;
    throw TOO_LARGE;
  }

  /** All that was written, as an array of so many elements, in memory of its own. */
  frame(elements: number): Uint8Array<ArrayBuffer> {
    beginBatch(this.#bytes, elements);
    return new Uint8Array(this.#bytes.subarray(0, this.#at));
  }

  /** The same as text, a character for each byte. */
  frameText(elements: number): string {
    beginBatch(this.#bytes, elements);
    return this.#bytes.toString('latin1', 0, this.#at);
  }

  /** What is written next begins at home; memory that only something exceptional has needed is let go of. */
  release(): void {
    if (this.#bytes === this.#home) return;
    this.#larger = this.#bytes.length > KEPT_BYTES ? undefined : this.#bytes;
    this.#use(this.#home);
  }

  nil(): void {
    this.byte(0xc0);
  }

  boolean(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2);
  }

  undefined(): void {
    this.three(0xd4, 0, 0);
  }

  number(value: number): void {
    if (value >>> 0 === value && !Object.is(value, -0)) this.#unsigned(value);
    else if ((value | 0) === value && value < 0) this.#negative(value);
    else {
      this.#reserve(0);
      this.#bytes[this.#at] = 0xcb;
      this.#view.setFloat64(this.#at + 1, value);
      this.#at += 9;
    }
  }

  #unsigned(value: number): void {
    if (value < FIRST_RECORD) this.byte(value);
    else if (value < 0x100) {
      this.byte(0xcc);
      this.#bytes[this.#at++] = value;
    } else if (value < 0x10000) this.three(0xcd, value >> 8, value);
    else {
      this.three(0xce, value >>> 24, value >> 16);
      this.#bytes[this.#at++] = value >> 8;
      this.#bytes[this.#at++] = value;
    }
  }

  #negative(value: number): void {
    if (value >= -0x20) this.byte(value);
    else this.#head(0xd2, value);
  }

  /** @throws RICH beyond 64 bits */
  bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw RICH;
    this.byte(0xd3);
    this.#view.setBigInt64(this.#at, value);
    this.#at += 8;
  }

  /** @throws RICH for half a surrogate pair, and for what a reader might take for an encoding's mark */
  text(text: string): void {
    const { length } = text;
    if (length >= SHORT_TEXT) {
      this.#longText(text);
      return;
    }
    this.#reserve(length);
    const bytes = this.#bytes;
    let at = this.#at + 1;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        this.#longText(text);
        return;
      }
      bytes[at++] = unit;
    }
    bytes[this.#at] = 0xa0 | length;
    this.#at = at;
  }

  #longText(text: string): void {
    const { length } = text;
    const isLong = length > LONG_TEXT;
    const most = isLong ? Buffer.byteLength(text) : length * 3;
    this.countAhead(isLong ? most : length);
    // Without its native part, msgpackr takes a leading mark from a text of more than 64 bytes.
    if (most > 64 && text.charCodeAt(0) === BOM) throw RICH;
    this.#reserve(most);
    const guess = textHead(length);
    const size = this.#bytes.write(text, this.#at + guess);
    // One byte for each unit: then none is a surrogate.
    if (size !== length && !isWellFormed(text)) throw RICH;
    const head = textHead(size);
    const body = this.#at + guess;
    if (head !== guess) this.#bytes.copyWithin(this.#at + head, body, body + size);
    this.#textHead(size);
    this.#at += size;
  }

  #textHead(size: number): void {
    if (size < 0x20) this.#bytes[this.#at++] = 0xa0 | size;
    else if (size < 0x100) {
      this.#bytes[this.#at++] = 0xd9;
      this.#bytes[this.#at++] = size;
    } else if (size < 0x10000) this.#three(0xda, size >> 8, size);
    else this.#head(0xdb, size);
  }

  /** Seconds and nanoseconds since 1970; a date that is none has a form of its own. */
  date(time: number): void {
    if (Number.isNaN(time)) {
      this.three(0xd4, 0xff, 0xff);
      return;
    }
    const seconds = Math.floor(time / 1_000);
    this.three(0xc7, 12, 0xff);
    this.#view.setUint32(this.#at, (time - seconds * 1_000) * 1_000_000);
    this.#view.setBigInt64(this.#at + 4, BigInt(seconds));
    this.#at += 12;
  }

  /** The bytes of a typed array, which `code` names. */
  typedArray({ buffer, byteOffset, byteLength }: ArrayBufferView, code: number): void {
    this.countAhead(byteLength);
    this.#reserve(byteLength);
    if (code === UINT8) this.#binaryHead(byteLength);
    else {
      this.#head(0xc9, byteLength + 1);
      this.#bytes[this.#at++] = 0x74;
      this.#bytes[this.#at++] = code;
    }
    this.#bytes.set(new Uint8Array(buffer, byteOffset, byteLength), this.#at);
    this.#at += byteLength;
  }

  #binaryHead(length: number): void {
    if (length >= 0x10000) this.#head(0xc6, length);
    else {
      this.#bytes[this.#at] = 0xc5;
      this.#view.setUint16(this.#at + 1, length);
      this.#at += 3;
    }
  }

  /** What was written from there on, to be written again as it is. */
  since(position: number): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(position, this.#at));
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  arrayHead(length: number): void {
    this.#length(length, 0x90, 0xdc);
  }

  mapHead(size: number): void {
    this.#length(size, 0x80, 0xde);
  }

  /** The elements follow as an array. */
  setHead(): void {
    this.three(0xd4, 0x73, 0);
  }

  /** The keys follow as an array, then the values; `record` alone is written before other values. */
  recordHead(record: number): void {
    this.three(0xd4, 0x72, record);
  }

  byte(byte: number): void {
    this.#reserve(0);
    this.#bytes[this.#at++] = byte;
  }

  three(a: number, b: number, c: number): void {
    this.#reserve(0);
    this.#three(a, b, c);
  }

  #three(a: number, b: number, c: number): void {
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = a;
    bytes[at + 1] = b;
    bytes[at + 2] = c;
    this.#at = at + 3;
  }

  #head(type: number, length: number): void {
    this.#reserve(0);
    this.#bytes[this.#at] = type;
    this.#view.setUint32(this.#at + 1, length);
    this.#at += 5;
  }

  /** A length of up to 15 is in its own byte, of up to 65,535 behind `long`, else behind the next. */
  #length(length: number, short: number, long: number): void {
    if (length < 0x10) this.byte(short | length);
    else if (length < 0x10000) this.three(long, length >> 8, length);
    else this.#head(long + 1, length);
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#safe) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    this.countAhead(0);
    const needed = this.#at + bytes + MARGIN;
    const kept = this.#larger;
    this.#larger = undefined;
    const larger =
      kept !== undefined && kept.length >= needed
        ? kept
        : Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, needed));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#use(larger);
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#safe = bytes.length - MARGIN;
  }
}

/** Makes an array of so many messages of what follows in a frame. */
export function beginBatch(frame: Uint8Array, messages: number): void {
  frame[0] = 0xdd;
  frame[1] = messages >>> 24;
  frame[2] = messages >> 16;
  frame[3] = messages >> 8;
  frame[4] = messages;
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function textHead(size: number): number {
  if (size < 0x20) return 1;
  if (size < 0x100) return 2;
  return size < 0x10000 ? 3 : 5;
}

/** The types of ES2023 do not know it yet; Node 20 does. */
function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}
