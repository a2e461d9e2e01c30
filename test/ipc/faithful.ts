import { types } from 'node:util';
import { Thing } from './arbitrary-value.ts';

/** What a value does not keep: a Buffer is a Uint8Array there, an object of a class a plain one. */
function classOf(object: object): unknown {
  if (Buffer.isBuffer(object)) return Uint8Array.prototype;
  if (object instanceof Thing) return Object.prototype;
  return Object.getPrototypeOf(object) ?? Object.prototype;
}

/**
 * Where what arrived differs from what was sent, to the last bit: classes, keys and their order,
 * -0, holes, what refers to what. Nothing when it does not.
 */
export function differenceOf(got: unknown, sent: unknown): string | undefined {
  const comparison = new Comparison();
  return comparison.compare(got, sent, 'value') ?? comparison.compareMemory();
}

type Fields = Readonly<Record<string, unknown>>;

class Comparison {
  readonly #pairs = new Map<object, object>();
  readonly #taken = new Set<object>();
  readonly #views: (readonly [got: ArrayBufferView, sent: ArrayBufferView])[] = [];

  compare(got: unknown, sent: unknown, path: string): string | undefined {
    if (!isObject(got) || !isObject(sent)) {
      return Object.is(got, sent) ? undefined : `${path}: ${String(got)} for ${String(sent)}`;
    }
    const partner = this.#pairs.get(sent);
    if (partner !== undefined) return partner === got ? undefined : `${path}: another object`;
    if (this.#taken.has(got)) return `${path}: one object for two`;
    this.#pairs.set(sent, got);
    this.#taken.add(got);
    if (classOf(got) !== classOf(sent)) return `${path}: of another class`;
    return this.#parts(got, sent, path);
  }

  #parts(got: object, sent: object, path: string): string | undefined {
    const inner = innerOf(sent);
    const innerGot = innerOf(got);
    if (inner.length !== innerGot.length) return `${path}: ${innerGot.length} for ${inner.length}`;
    for (const [i, [name, value]] of inner.entries()) {
      const found = this.compare(innerGot[i]?.[1], value, `${path}<${name}>`);
      if (found !== undefined) return found;
    }
    if (!ArrayBuffer.isView(sent)) return this.#fields(got as Fields, sent as Fields, path);
    this.#views.push([got as ArrayBufferView, sent]);
    return undefined;
  }

  /** A view of a buffer that is part of the value is one on the other side, and no other is. */
  compareMemory(): string | undefined {
    const strays = this.#views.filter(([got, sent]) => {
      const buffer = this.#pairs.get(sent.buffer);
      return buffer === undefined
        ? got.buffer.byteLength !== got.byteLength
        : got.buffer !== buffer || got.byteOffset !== sent.byteOffset;
    });
    return strays.length === 0 ? undefined : `${strays.length} views of other memory`;
  }

  #fields(got: Fields, sent: Fields, path: string): string | undefined {
    const keys = Object.keys(sent);
    if (Object.keys(got).join('\n') !== keys.join('\n')) {
      return `${path}: keys ${Object.keys(got)} for ${keys}`;
    }
    for (const key of keys) {
      const found = this.compare(got[key], sent[key], `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

type Part = readonly [name: string, value: unknown];

/** What an object holds besides its properties. */
function innerOf(object: object): readonly Part[] {
  if (Array.isArray(object)) return [['length', object.length]];
  if (types.isMap(object)) return [...object].flat().map((it, i) => [`entry ${i >> 1}`, it]);
  if (types.isSet(object)) return [...object].map((it, i) => [`member ${i}`, it]);
  if (types.isDate(object)) return [['time', object.getTime()]];
  if (types.isRegExp(object))
    return [
      ['lastIndex', object.lastIndex],
      ['text', String(object)],
    ];
  if (types.isBoxedPrimitive(object)) return [['boxed', object.valueOf()]];
  if (ArrayBuffer.isView(object)) return [['bytes', hexOf(object)]];
  if (types.isAnyArrayBuffer(object)) return [['bytes', hexOf(new Uint8Array(object))]];
  return types.isNativeError(object) ? hiddenOf(object) : [];
}

function hiddenOf(error: Error): readonly Part[] {
  const { name, message, stack } = error;
  const others = (['cause', 'errors'] as const).filter((key) => Object.hasOwn(error, key));
  return [
    ['name', name],
    ['message', message],
    ['stack', stack],
    ...others.map((key): Part => [key, (error as unknown as Fields)[key]]),
  ];
}

function hexOf({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
}
