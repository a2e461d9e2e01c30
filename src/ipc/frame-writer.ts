import { isDetached, isPlainBuffer, TYPED_ARRAY_CODES } from './binary.ts';
import { FIRST_RECORD, LAST_RECORD, Packer, RICH, TOO_LARGE } from './packer.ts';
import { isPlainPrototype } from './plain.ts';
import { markOf, marksAreUsed } from './transfer.ts';
import { MAX_DEPTH } from './value-options.ts';
import { Visited } from './visited.ts';

/** What became of a value that was to be written. */
export type Outcome = 'written' | 'rich' | 'too large';

/** A frame begins as an array of messages of which nobody knows yet how many they will be. */
const FRAME_HEAD = 5;

/** Keys of that many shapes in all are remembered from frame to frame. */
const KEPT_KEYS = 1_024;

/** The keys of objects that look alike: written once in a frame, then meant by a number. */
interface Shape {
  readonly keys: readonly string[];
  /** The keys as they are written, once they were. */
  bytes: Uint8Array | undefined;
  /** Its number, in the numbering of which this is the number. */
  record: number;
  numbering: number;
  /** Another shape with the same first key. */
  readonly next: Shape | undefined;
}

/**
 * Writes values as MessagePack with msgpackr's records, in one walk that also finds out whether they
 * are what MessagePack carries exactly. Of any other it writes nothing, and says `rich`. What is
 * written is the value as it is at that moment.
 *
 * Not msgpackr's own packer: it changes in silence what it cannot carry (-0, holes, half surrogate
 * pairs, shared references), and it packs a whole frame at once, in which a value
 * that is changed between its sending and the frame's would travel in its last state.
 */
export class FrameWriter {
  readonly #besideFrom: number;
  readonly #out: Packer;
  readonly #shapes = new Map<string, Shape>();
  #emptyShape: Shape | undefined;
  #keptKeys = 0;
  #numbering = 0;
  #nextRecord = FIRST_RECORD;
  /** Where a shape was defined last. */
  #definedAt = 0;
  readonly #visited = new Visited();
  /** The value under way holds binary values, which may be meant to move. */
  #holdsBinary = false;

  /**
   * @param besideFrom binary values of so many bytes and more are `rich`
   * @param home where frames are written that have room there. @default memory of its own
   */
  constructor(besideFrom: number, home?: Buffer) {
    this.#besideFrom = besideFrom;
    this.#out = new Packer(home);
    this.#out.position = FRAME_HEAD;
  }

  /** Where the next byte goes; to be handed to `rewind`. */
  get position(): number {
    return this.#out.position;
  }

  /** What was written up to there; until something else is. */
  get bytes(): Uint8Array {
    return this.#out.bytes;
  }

  /** Bytes of the value that was too large, as far as they were counted. */
  get counted(): number {
    return this.#out.counted;
  }

  /** Takes back all that was written since. */
  rewind(position: number): void {
    this.#out.position = position;
    // What was defined in the part taken back is unknown to the reader.
    if (this.#definedAt >= position) this.#renumber();
  }

  /** The frame of so many messages; the next one begins empty. */
  take(messages: number): Uint8Array<ArrayBuffer> {
    const frame = this.#out.frame(messages);
    this.#begin();
    return frame;
  }

  /** As `take`, with the frame as text, a character for each byte. */
  takeText(messages: number): string {
    const text = this.#out.frameText(messages);
    this.#begin();
    return text;
  }

  #begin(): void {
    this.rewind(FRAME_HEAD);
    if (this.#keptKeys > KEPT_KEYS) this.#forgetShapes();
    this.#out.release();
    this.#visited.release();
  }

  beginTuple(length: number): void {
    this.#out.arrayHead(length);
  }

  writeNil(): void {
    this.#out.nil();
  }

  /** @param maxBytes more than these are `too large` */
  write(value: unknown, maxBytes: number): Outcome {
    if (typeof value === 'number') {
      this.#out.number(value);
      return 'written';
    }
    const outcome = this.#attempt(value, maxBytes);
    this.#out.limit(Number.POSITIVE_INFINITY);
    return outcome;
  }

  #attempt(value: unknown, maxBytes: number): Outcome {
    // Objects would seem to have what they only inherit: whoever captures them looks twice.
    if (typeof value === 'object' && isPolluted()) return 'rich';
    const start = this.#out.position;
    this.#out.limit(maxBytes);
    this.#visited.clear();
    this.#holdsBinary = false;
    try {
      this.#value(value, 0);
      this.#out.countAhead(0);
      if (!this.#isToMove()) return 'written';
    } catch (obstacle) {
      this.rewind(start);
      // Whatever else it was, a getter that throws among them: whoever captures the value will see.
      return obstacle === TOO_LARGE ? 'too large' : 'rich';
    }
    this.rewind(start);
    return 'rich';
  }

  #isToMove(): boolean {
    if (!this.#holdsBinary || !marksAreUsed()) return false;
    return this.#visited.some((object) => markOf(object) !== undefined);
  }

  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.#out.text(value);
        break;
      case 'number':
        this.#out.number(value);
        break;
      case 'object':
        if (value === null) this.#out.nil();
        else this.#object(value, depth);
        break;
      case 'boolean':
        this.#out.boolean(value);
        break;
      case 'undefined':
        this.#out.undefined();
        break;
      case 'bigint':
        this.#out.bigint(value);
        break;
      default:
        throw RICH;
    }
  }

  #object(object: object, depth: number): void {
    if (depth >= MAX_DEPTH || !this.#visited.add(object)) throw RICH;
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype === Object.prototype || prototype === null) this.#record(object, depth + 1);
    else if (prototype === Array.prototype) this.#array(object, depth + 1);
    else this.#builtIn(object, prototype, depth + 1);
  }

  #array(array: object, depth: number): void {
    // The quick way to see holes and properties beside the elements: as many values as places may
    // also be a hole and a property.
    const values: unknown[] = Object.values(array);
    if (!Array.isArray(array) || values.length !== array.length) throw RICH;
    for (let i = 0; i < values.length; i++) if (!(i in array)) throw RICH;
    this.#elements(values, depth);
  }

  #elements(values: readonly unknown[], depth: number): void {
    this.#out.arrayHead(values.length);
    for (let i = 0; i < values.length; i++) this.#value(values[i], depth);
  }

  #record(object: object, depth: number): void {
    const shape = this.#knownShape(object) ?? this.#shapeOf(object);
    if (shape.numbering !== this.#numbering) this.#define(shape);
    else this.#out.byte(shape.record);
    let left = shape.keys.length;
    for (const key in object) {
      this.#value((object as Record<string, unknown>)[key], depth);
      left--;
    }
    // A getter has changed the object meanwhile.
    if (left !== 0) throw RICH;
  }

  /** The shape that was used last of those with its first key, if it has all of its keys. */
  #knownShape(object: object): Shape | undefined {
    let shape: Shape | undefined;
    let i = 0;
    for (const key in object) {
      if (i === 0) shape = this.#shapes.get(key);
      if (shape?.keys[i] !== key) return undefined;
      i++;
    }
    return shape?.keys.length === i ? shape : undefined;
  }

  #shapeOf(object: object): Shape {
    const keys = Object.keys(object);
    const [first] = keys;
    if (first === undefined) {
      this.#emptyShape ??= shapeOf(keys, undefined);
      return this.#emptyShape;
    }
    // The reader would rename it.
    if (keys.includes('__proto__')) throw RICH;
    const next = this.#shapes.get(first);
    for (let shape = next; shape !== undefined; shape = shape.next) {
      if (sameKeys(shape.keys, keys)) return shape;
    }
    if (this.#keptKeys > KEPT_KEYS) this.#forgetShapes();
    const shape = shapeOf(keys, this.#shapes.get(first));
    this.#shapes.set(first, shape);
    this.#keptKeys += keys.length;
    return shape;
  }

  #define(shape: Shape): void {
    // The numbers go round: from here on they mean other shapes.
    if (this.#nextRecord > LAST_RECORD) this.#renumber();
    shape.record = this.#nextRecord++;
    shape.numbering = this.#numbering;
    this.#definedAt = this.#out.position;
    this.#out.recordHead(shape.record);
    if (shape.bytes === undefined) shape.bytes = this.#writeKeys(shape.keys);
    else this.#out.raw(shape.bytes);
  }

  #writeKeys(keys: readonly string[]): Uint8Array {
    const { position } = this.#out;
    this.#out.arrayHead(keys.length);
    for (const key of keys) this.#out.text(key);
    return this.#out.since(position);
  }

  /** No shape has a number any more. */
  #renumber(): void {
    this.#numbering++;
    this.#nextRecord = FIRST_RECORD;
    this.#definedAt = 0;
  }

  #forgetShapes(): void {
    this.#shapes.clear();
    this.#keptKeys = 0;
  }

  #builtIn(object: object, prototype: unknown, depth: number): void {
    const code = TYPED_ARRAY_CODES.get(prototype);
    if (code !== undefined) this.#typedArray(object as Uint8Array, code);
    else if (isPlainPrototype(prototype as object)) {
      // What is only inherited would seem to be the object's own.
      if (!isBare(prototype as object)) throw RICH;
      this.#record(object, depth);
    } else if (!isBare(object)) throw RICH;
    else if (prototype === Date.prototype) this.#out.date(Date.prototype.getTime.call(object));
    else if (prototype === Map.prototype) this.#map(object as Map<unknown, unknown>, depth);
    else if (prototype === Set.prototype) {
      this.#out.setHead();
      this.#elements([...(object as Set<unknown>)], depth);
    } else throw RICH;
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    let left = map.size;
    this.#out.mapHead(left);
    for (const [key, value] of map) {
      this.#value(key, depth);
      this.#value(value, depth);
      left--;
    }
    if (left !== 0) throw RICH;
  }

  #typedArray(array: Uint8Array, code: number): void {
    const { buffer } = array;
    if (array.byteLength >= this.#besideFrom) throw RICH;
    if (!isPlainBuffer(buffer) || isDetached(buffer)) throw RICH;
    this.#holdsBinary = true;
    this.#out.typedArray(array, code);
  }
}

function shapeOf(keys: readonly string[], next: Shape | undefined): Shape {
  return { keys, bytes: undefined, record: 0, numbering: -1, next };
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}

/** Somebody gave all objects, or all arrays, a property that enumerations show. */
function isPolluted(): boolean {
  for (const _ in Array.prototype) return true;
  return false;
}

/** Without properties beside what it is made of. */
function isBare(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
