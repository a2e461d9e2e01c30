import { createHash } from 'node:crypto';
import { types } from 'node:util';
import { fieldsOf, isDetached, isPlain } from '../ipc/index.ts';
import { describe, messageOf, TroupeError } from '../model/index.ts';

/**
 * Longer keys, in UTF-16 units, are kept as their SHA-256, so that a large input does not stay in
 * memory for as long as its result. Nobody has found two texts of one such digest.
 */
const MAX_LENGTH = 256;
/** Before what was written from a value; a key that somebody has chosen does not begin so. */
const WRITTEN = '\0';
/** Before the digest of a longer key. */
const DIGEST = '\0\0';

/**
 * The default key of a cached result: a text that is the same for equal values and for no others,
 * whatever the order of their properties. Fit for keys made of parts, and for
 * `runtime.cache.invalidate({ task, key: cacheKey(input) })`.
 *
 * Told apart are `-0`, `NaN`, `undefined`, missing properties and holes, numbers and BigInts, the
 * kinds of typed arrays, the classes of errors, and properties of arrays and built-in objects. The
 * order of a Map or Set counts, as a task can see it. An instance of a class counts as what its
 * `toJSON` gives, or else as its own fields.
 *
 * @throws TroupeError `InvalidInput`, naming the field, for a function, a symbol, a cycle, an
 *   instance without fields such as a promise, shared memory, and what is nested too deep
 *
 * @example cache: { ttl: 60_000, key: ({ user, page }) => cacheKey([user.id, page]) }
 */
export function cacheKey(value: unknown): string {
  const writer = new KeyWriter();
  try {
    return boundedKey(WRITTEN + writer.write(value));
  } catch (error) {
    if (TroupeError.is(error)) throw error;
    const why = error instanceof RangeError ? 'is nested too deep' : `threw: ${messageOf(error)}`;
    throw writer.refusal(why, describe(value), error);
  }
}

/** The key itself, or its digest where it is long. */
export function boundedKey(key: string): string {
  if (key.length <= MAX_LENGTH) return key;
  // Not as UTF-8, in which all halves of surrogate pairs are the same.
  return DIGEST + createHash('sha256').update(key, 'utf16le').digest('base64');
}

/** Steps into a value that an error shows. */
const MAX_SHOWN = 10;

/**
 * Writes a value so that it could be read again without doubt: each piece begins with its kind, and
 * ends where its length says, or with a `;`, which is no kind.
 */
class KeyWriter {
  readonly #path: (string | number)[] = [];
  readonly #ancestors: object[] = [];

  write(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return `"${text(value)}`;
      case 'number':
        return `#${Object.is(value, -0) ? '-0' : value};`;
      case 'bigint':
        return `i${value};`;
      case 'boolean':
        return value ? 't' : 'f';
      case 'undefined':
        return 'u';
      case 'object':
        return value === null ? 'n' : this.#nested(value);
      default:
        throw this.refusal('cannot be part of a cache key', describe(value));
    }
  }

  refusal(why: string, got: string, cause?: unknown): TroupeError {
    const shown = this.#path.slice(0, MAX_SHOWN);
    const steps = shown.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
    const field = `input${steps.join('')}${this.#path.length > MAX_SHOWN ? '…' : ''}`;
    const message = `${field} ${why}: expected plain data, but got ${got}; give the cache a key`;
    return new TroupeError('InvalidInput', message, {
      ...(cause !== undefined && { cause }),
      details: { field, expected: 'plain data', received: got },
    });
  }

  #nested(value: object): string {
    if (this.#ancestors.includes(value)) throw this.refusal('contains itself', describe(value));
    this.#ancestors.push(value);
    const written = this.#object(value);
    this.#ancestors.pop();
    return written;
  }

  #object(value: object): string {
    if (Array.isArray(value)) return this.#array(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#fields(value);
    if (ArrayBuffer.isView(value)) return this.#view(value);
    if (types.isAnyArrayBuffer(value)) return this.#extras(value) + this.#buffer(value);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function' && toJSON !== Date.prototype.toJSON) {
      const json: unknown = toJSON.call(value);
      if (json !== value) return `J${this.write(json)}`;
    }
    return this.#builtIn(value) ?? this.#instance(value);
  }

  #builtIn(value: object): string | undefined {
    if (types.isNativeError(value)) return this.#error(value);
    const written = this.#container(value);
    return written === undefined ? undefined : this.#extras(value) + written;
  }

  #container(value: object): string | undefined {
    if (types.isDate(value)) return `D${Date.prototype.getTime.call(value)};`;
    if (types.isMap(value)) return this.#map(value);
    if (types.isSet(value)) return this.#list('(', [...Set.prototype.values.call(value)]);
    if (types.isRegExp(value)) {
      return `R${text(value.source)}${text(value.flags)}${value.lastIndex};`;
    }
    return undefined;
  }

  /** Before what has properties beside what it is made of. */
  #extras(value: object): string {
    return Object.keys(value).length === 0 ? '' : `P${this.#fields(value)}`;
  }

  /** What holds its state where nobody can look would be the same as any other of its class. */
  #instance(value: object): string {
    if (Object.keys(value).length === 0 || !isPlain(value)) {
      throw this.refusal('has no fields to tell it by', describe(value));
    }
    return this.#fields(value);
  }

  #array(array: readonly unknown[]): string {
    const keys = Object.keys(array);
    const { length } = array;
    const isDense = keys.length === length && (length === 0 || keys.at(-1) === `${length - 1}`);
    // Holes are what is not written: there may be billions of them.
    return isDense ? this.#list('[', array) : `a${length};${this.#fields(array)}`;
  }

  #list(kind: '[' | '(', items: readonly unknown[]): string {
    let written: string = kind;
    for (let index = 0; index < items.length; index++) written += this.#at(index, items[index]);
    return `${written};`;
  }

  #view(view: ArrayBufferView): string {
    this.#checkMemory(view, view.buffer);
    return binary(view);
  }

  #buffer(buffer: ArrayBufferLike): string {
    this.#checkMemory(buffer, buffer);
    const { resizable, maxByteLength } = buffer as { resizable?: boolean; maxByteLength?: number };
    const kind = resizable === true ? `ArrayBuffer of ${maxByteLength}` : 'ArrayBuffer';
    return binary(new DataView(buffer), kind);
  }

  #checkMemory(value: object, memory: ArrayBufferLike): void {
    if (types.isSharedArrayBuffer(memory)) {
      throw this.refusal('is shared memory, which changes', describe(value));
    }
    if (isDetached(memory)) throw this.refusal('was moved away', describe(value));
  }

  #map(map: ReadonlyMap<unknown, unknown>): string {
    let written = '<';
    let index = 0;
    for (const [key, value] of Map.prototype.entries.call(map)) {
      this.#path.push(index++);
      written += this.#at('key', key) + this.#at('value', value);
      this.#path.pop();
    }
    return `${written};`;
  }

  /** Its stack says where it was made, not what it is. */
  #error(error: Error): string {
    const { base, hidden } = fieldsOf(error);
    const told = hidden.filter((name) => name !== 'stack');
    return `E${text(base)}${this.#fields(error, told)}${this.#fields(error)}`;
  }

  #fields(value: object, names: readonly string[] = Object.keys(value)): string {
    let written = '{';
    for (const name of [...names].sort()) {
      const place = Array.isArray(value) && isIndex(name) ? Number(name) : name;
      written += `"${text(name)}${this.#at(place, (value as Record<string, unknown>)[name])}`;
    }
    return `${written};`;
  }

  #at(place: string | number, value: unknown): string {
    if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') {
      return this.write(value);
    }
    this.#path.push(place);
    const written = this.write(value);
    this.#path.pop();
    return written;
  }
}

function isIndex(name: string): boolean {
  return String(Number(name) >>> 0) === name;
}

function text(value: string): string {
  return `${value.length}:${value}`;
}

/** Bytes up to this many are written as they are, more as their digest. */
const MAX_BYTES = 64;

function binary(view: ArrayBufferView, kind = Object.prototype.toString.call(view)): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const tag = Buffer.isBuffer(view) ? 'Buffer' : kind;
  if (bytes.length <= MAX_BYTES)
    return `b${text(tag)}${text(Buffer.from(bytes).toString('latin1'))}`;
  return `B${text(tag)}${createHash('sha256').update(bytes).digest('base64')}`;
}
