import { types } from 'node:util';
import { TroupeError } from '../model/index.ts';
import {
  bareError,
  captureError,
  type ErrorHost,
  isErrorLike,
  type Patch,
} from './error-fields.ts';
import { type Medium, Memory, type MemoryHost } from './memory.ts';
import { copyOfLeaf, isPlain, put } from './plain.ts';
import { isCloneable, isMovable, isPort } from './platform.ts';
import {
  A_FUNCTION,
  CHANGING,
  instance,
  mapValue,
  notSerializable,
  pathText,
  payloadTooLarge,
  type Refusal,
  type Segment,
  symbol,
  TOO_DEEP,
  TOO_MANY_ERRORS,
  threadsOnly,
  UNMOVED,
  unreadable,
} from './refusal.ts';
import { markOf } from './transfer.ts';
import { MAX_DEPTH, MAX_ERRORS } from './value-options.ts';

/** A value as structured clone can carry it, with what structured clone would lose of it. */
export interface Captured {
  readonly value: unknown;
  readonly patches: readonly Patch[];
  /** What is handed over with it. */
  readonly moved: readonly object[];
  /** About what was copied of it. */
  readonly bytes: number;
  /** It should be sent at once. */
  readonly urgent: boolean;
}

export interface CaptureSettings {
  readonly medium: Medium;
  readonly besideFrom: number;
  readonly maxBytes: number;
  /** What the value is called where a part of it is refused. */
  readonly name: string;
}

/** Only a value whose getters make it anew each time needs more. */
const MAX_WALKS = 8;
/** About what a number takes, or the place of anything else. */
const PLACE = 8;

/**
 * Copies what a value is made of (objects, arrays, Maps, Sets, errors, bytes) and leaves the rest to
 * the platform, so that what happens to the value from now on is not seen. References within the
 * value are kept.
 *
 * @throws TroupeError `NotSerializable` with the path of what cannot travel; `PayloadTooLarge`
 */
export function capture(value: unknown, settings: CaptureSettings): Captured {
  return new Capture(settings).take(value);
}

class Capture implements MemoryHost, ErrorHost {
  readonly #name: string;
  readonly #maxBytes: number;
  readonly #medium: Medium;
  readonly #memory: Memory;
  readonly #copies = new Map<object, unknown>();
  /** What was met while all was to move. */
  #metMoving: Set<object> | undefined;
  readonly #trail: Segment[] = [];
  readonly #patches: Patch[] = [];
  #bytes = 0;
  /** Errors within which we are. */
  #errors = 0;
  /** Whatever is met now moves. */
  #moving = false;

  constructor({ name, maxBytes, medium, besideFrom }: CaptureSettings) {
    this.#name = name;
    this.#maxBytes = maxBytes;
    this.#medium = medium;
    this.#memory = new Memory(medium, besideFrom, this);
  }

  take(value: unknown): Captured {
    const memory = this.#memory;
    for (let walk = 0; walk < MAX_WALKS; walk++) {
      const copy = this.#value(value);
      if (!memory.outdated) {
        const moved = [...memory.copies, ...memory.given];
        const { urgent } = memory;
        return { value: copy, patches: this.#patches, moved, bytes: this.#bytes, urgent };
      }
      this.#beginAnew();
    }
    return this.refuse(CHANGING);
  }

  #beginAnew(): void {
    this.#memory.begin();
    this.#copies.clear();
    this.#metMoving = undefined;
    this.#patches.length = 0;
    this.#bytes = 0;
  }

  #value(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        this.count(Buffer.byteLength(value));
        return value;
      case 'object':
        return value === null ? value : this.#object(value);
      case 'function':
        return this.refuse(A_FUNCTION);
      case 'symbol':
        return this.refuse(symbol(value));
      case 'bigint':
        this.count(
          BigInt.asIntN(64, value) === value ? 0 : Math.ceil(value.toString(16).length / 2),
        );
        return value;
      default:
        return value;
    }
  }

  /** Walks on to what an object holds at some place. */
  #part(segment: Segment, value: unknown): unknown {
    this.count(PLACE);
    this.#trail.push(segment);
    const copy = this.#value(value);
    this.#trail.pop();
    return copy;
  }

  #object(object: object): unknown {
    if (this.#copies.has(object)) return this.#metAgain(object);
    if (this.#trail.length >= MAX_DEPTH) this.refuse(TOO_DEEP);
    const was = this.#moving;
    this.#moving = this.#isMoving(object);
    if (this.#moving) {
      this.#metMoving ??= new Set();
      this.#metMoving.add(object);
    }
    const depth = this.#trail.length;
    try {
      return this.#copy(object);
    } catch (error) {
      if (TroupeError.is(error)) throw error;
      this.#trail.length = depth;
      return this.refuse(unreadable(error));
    } finally {
      this.#moving = was;
    }
  }

  #metAgain(object: object): unknown {
    if (this.#moving && !this.#metMoving?.has(object)) this.#memory.learnMoving([object]);
    return this.#copies.get(object);
  }

  #isMoving(object: object): boolean {
    const mark = markOf(object);
    if (mark !== undefined && mark !== 'all') this.#memory.learnMoving(mark);
    return this.#moving || mark === 'all' || this.#memory.isMoving(object);
  }

  #copy(object: object): unknown {
    if (Array.isArray(object)) return this.#array(object);
    if (ArrayBuffer.isView(object)) return this.#view(object);
    if (types.isAnyArrayBuffer(object)) return this.#buffer(object);
    if (types.isMap(object)) return this.#map(object);
    if (types.isSet(object)) return this.#set(object);
    if (types.isNativeError(object)) return this.#error(object);
    return isPlain(object) ? this.#record(object) : this.#other(object);
  }

  /** What holds no other values, or none that we know of. */
  #other(object: object): unknown {
    const leaf = copyOfLeaf(object);
    if (leaf !== undefined) return this.#withExtras(object, this.#keep(object, leaf));
    if (this.#isHandle(object)) return this.#keep(object, object);
    return isErrorLike(object) ? this.#error(object) : this.refuse(instance(object));
  }

  /** True for an object of the platform, which structured clone shares, clones or moves. */
  #isHandle(object: object): boolean {
    const port = isPort(object);
    const movable = port || isMovable(object);
    if (!movable && !isCloneable(object)) return false;
    if (this.#medium === 'bytes') {
      // As bytes, an error of the platform is as good as any other.
      if (isErrorLike(object)) return false;
      this.refuse(threadsOnly(object));
    }
    if (!movable) return true;
    if (!port && !this.#moving && !this.#memory.isMoving(object)) this.refuse(UNMOVED);
    this.#memory.give(object);
    return true;
  }

  #keep<T>(object: object, copy: T): T {
    this.#copies.set(object, copy);
    return copy;
  }

  #record(object: object): object {
    const copy = this.#keep(object, {});
    for (const key of Object.keys(object)) put(copy, key, this.property(object, key));
    return copy;
  }

  #array(array: readonly unknown[]): unknown[] {
    const copy = this.#keep<unknown[]>(array, []);
    copy.length = array.length;
    for (const key of Object.keys(array)) {
      const place = Number(key);
      const segment = String(place) === key ? place : key;
      put(copy, key, this.property(array, key, segment));
    }
    return copy;
  }

  property(object: object, key: string, segment: Segment = key): unknown {
    let value: unknown;
    try {
      value = (object as Record<string, unknown>)[key];
    } catch (error) {
      this.#trail.push(segment);
      this.refuse(unreadable(error));
    }
    return this.#part(segment, value);
  }

  #map(map: ReadonlyMap<unknown, unknown>): unknown {
    const copy = this.#keep(map, new Map<unknown, unknown>());
    let place = 0;
    for (const [key, value] of Map.prototype.entries.call(map)) {
      const keyCopy = this.#part({ text: `.keys()[${place}]` }, key);
      copy.set(keyCopy, this.#part(mapValue(key, place), value));
      place++;
    }
    return this.#withExtras(map, copy);
  }

  #set(set: ReadonlySet<unknown>): unknown {
    const copy = this.#keep(set, new Set<unknown>());
    let place = 0;
    for (const member of Set.prototype.values.call(set)) {
      copy.add(this.#part({ text: `.values()[${place++}]` }, member));
    }
    return this.#withExtras(set, copy);
  }

  #view(view: ArrayBufferView): unknown {
    return this.#keep(view, this.#memory.view(view, this.#moving));
  }

  #buffer(buffer: ArrayBufferLike): unknown {
    const copy = this.#keep(buffer, this.#memory.buffer(buffer, this.#moving));
    return this.#withExtras(buffer, copy);
  }

  /** Properties of an object that structured clone leaves behind. */
  #withExtras<T extends object>(object: object, copy: T): T {
    const keys = Object.keys(object).filter((key) => !Object.hasOwn(copy, key));
    const hidden = types.isRegExp(object) && object.lastIndex !== 0 ? ['lastIndex'] : [];
    if (keys.length + hidden.length > 0) {
      const patch = [this.#properties(object, hidden), this.#properties(object, keys)] as const;
      this.#patches.push([copy, '', ...patch]);
    }
    return copy;
  }

  #properties(object: object, keys: readonly string[]): Record<string, unknown> {
    const copy = {};
    for (const key of keys) put(copy, key, this.property(object, key));
    return copy;
  }

  #error(error: Error): Error {
    if (this.#errors === MAX_ERRORS) this.refuse(TOO_MANY_ERRORS);
    const copy = this.#keep(error, bareError());
    this.#errors++;
    this.#patches.push(captureError(error, copy, this));
    this.#errors--;
    return copy;
  }

  attempt(act: () => void): string | undefined {
    const back = this.#mark();
    try {
      act();
      return undefined;
    } catch (refusal) {
      if (!TroupeError.is(refusal)) throw refusal;
      const path = pathText('', this.#trail.slice(back.trail));
      this.#goBack(back);
      return `${path}: ${refusal.details.what ?? 'too large'}`;
    }
  }

  #mark(): Mark {
    return {
      trail: this.#trail.length,
      copies: this.#copies.size,
      patches: this.#patches.length,
      errors: this.#errors,
      handedOver: this.#memory.copies.length,
      given: this.#memory.given.length,
      bytes: this.#bytes,
    };
  }

  /** Forgets what was begun since: it is incomplete. */
  #goBack({ trail, copies, patches, errors, handedOver, given, bytes }: Mark): void {
    this.#trail.length = trail;
    this.#patches.length = patches;
    this.#errors = errors;
    this.#memory.copies.length = handedOver;
    this.#memory.given.length = given;
    this.#bytes = bytes;
    for (const object of [...this.#copies.keys()].slice(copies)) this.#copies.delete(object);
  }

  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#maxBytes) return;
    throw payloadTooLarge(this.#name, this.#bytes, this.#maxBytes);
  }

  refuse(refusal: Refusal): never {
    throw notSerializable(pathText(this.#name, this.#trail), refusal);
  }
}

/** How far a walk has come. */
interface Mark {
  readonly trail: number;
  readonly copies: number;
  readonly patches: number;
  readonly errors: number;
  readonly handedOver: number;
  readonly given: number;
  readonly bytes: number;
}
