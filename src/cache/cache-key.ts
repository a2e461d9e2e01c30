import { createHash } from 'node:crypto';
import { types } from 'node:util';
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
 * kinds of typed arrays. The order of a Map or Set counts, as a task can see it. An instance of a
 * class counts as what its `toJSON` gives, or else as its own fields.
 *
 * @throws TroupeError `InvalidInput`, naming the field, for a function, a symbol, a cycle, an
 *   instance without fields such as a promise, and what is nested too deep
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
    if (Array.isArray(value)) return this.#list('[', value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#fields(value);
    if (ArrayBuffer.isView(value)) return binary(value);
    if (types.isAnyArrayBuffer(value)) return binary(new DataView(value), 'ArrayBuffer');
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function' && toJSON !== Date.prototype.toJSON) {
      const json: unknown = toJSON.call(value);
      if (json !== value) return `J${this.write(json)}`;
    }
    return this.#builtIn(value) ?? this.#instance(value);
  }

  #builtIn(value: object): string | undefined {
    if (types.isDate(value)) return `D${value.getTime()};`;
    if (types.isMap(value)) return this.#map(value);
    if (types.isSet(value)) return this.#list('(', [...value]);
    if (types.isRegExp(value)) return `R${text(value.source)}${text(value.flags)}`;
    if (types.isNativeError(value)) return this.#error(value);
    return undefined;
  }

  /** What holds its state where nobody can look would be the same as any other of its class. */
  #instance(value: object): string {
    if (Object.keys(value).length === 0) {
      throw this.refusal('has no fields to tell it by', describe(value));
    }
    return this.#fields(value);
  }

  #list(kind: '[' | '(', items: readonly unknown[]): string {
    let written: string = kind;
    for (let index = 0; index < items.length; index++) {
      const isHole = kind === '[' && !(index in items);
      written += isHole ? 'h' : this.#at(index, items[index]);
    }
    return `${written};`;
  }

  #map(map: ReadonlyMap<unknown, unknown>): string {
    let written = '<';
    let index = 0;
    for (const [key, value] of map) {
      this.#path.push(index++);
      written += this.#at('key', key) + this.#at('value', value);
      this.#path.pop();
    }
    return `${written};`;
  }

  /** Its stack says where it was made, not what it is. */
  #error(error: Error): string {
    const { name, message, cause } = error;
    const own = this.#at('name', name) + this.#at('message', message) + this.#at('cause', cause);
    return `E${own}${this.#fields(error)}`;
  }

  #fields(value: object): string {
    const names = Object.keys(value).sort();
    let written = '{';
    for (const name of names) {
      written += `"${text(name)}${this.#at(name, (value as Record<string, unknown>)[name])}`;
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
