import fc from 'fast-check';

/** Any text of whole characters. */
const wellFormed = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', minLength: 20, maxLength: 90 }),
  fc.constantFrom('ä'.repeat(31), 'a'.repeat(31), 'a'.repeat(32), 'ä'.repeat(200)),
);

/** Any text, of whole characters or not. */
const text = fc.oneof(
  { weight: 2, arbitrary: wellFormed },
  fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('\ud800', 'a\udc00b', '\ufeff', `\ufeff${'x'.repeat(70)}`),
);

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 0, 63, 64, 127, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32),
  fc.constantFrom(-1, -32, -33, -128, -129, -(2 ** 31), -(2 ** 31) - 1),
);

const key = fc.oneof(
  text,
  fc.constantFrom('__proto__', 'constructor', 'toString', 'toJSON', 'then', 'length', '0', '', 'r'),
);

const primitive = fc.oneof(
  text,
  number,
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
  fc.bigInt({ min: -(2n ** 600n), max: 2n ** 600n }),
);

const regExp = fc
  .tuple(fc.constantFrom(/a/, /[^\n]\/b/giu, /(?<y>x)/dy), fc.nat(3))
  .map(([{ source, flags }, lastIndex]) => Object.assign(new RegExp(source, flags), { lastIndex }));

/** Bytes with others around them that must not travel. */
const bytes = fc
  .tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(8), fc.nat(8))
  .map(([all, before, after]) => {
    const buffer = new Uint8Array([...new Uint8Array(before), ...all, ...new Uint8Array(after)]);
    return buffer.subarray(before, before + all.length);
  });

const binary = fc.oneof(
  bytes,
  bytes.map((array) => Buffer.from(array)),
  fc.nat(3_000).map((length) => new Uint8Array(length).fill(length)),
  fc.nat(3_000).map((length) => Buffer.alloc(length + 9, 7).subarray(9)),
  fc.int8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array({ maxLength: 200 }),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
  bytes.map((array) => array.slice().buffer),
  bytes.map(({ buffer, byteOffset, byteLength }) => new DataView(buffer, byteOffset, byteLength)),
);

/** A buffer, and what is seen of it through others, in any order. */
const sharedMemory = fc
  .tuple(fc.uint8Array({ maxLength: 30 }), fc.nat(), fc.boolean())
  .map(([{ buffer, length }, seed, first]): unknown => {
    const at = length === 0 ? 0 : seed % length;
    const views = [new DataView(buffer, at), new Uint8Array(buffer, 0, at)];
    return first ? [buffer, views] : [views, buffer];
  });

const leaf = fc.oneof(
  { weight: 4, arbitrary: primitive },
  { weight: 2, arbitrary: binary },
  sharedMemory,
  fc.date({ noInvalidDate: false }),
  regExp,
  fc.oneof(text, number, fc.boolean(), fc.bigInt()).map((value) => Object(value) as unknown),
);

const ERRORS = [Error, RangeError, TypeError, SyntaxError, EvalError, ReferenceError, URIError];

type Any = fc.Arbitrary<unknown>;

function errorOf(value: Any, fields: fc.Arbitrary<object>): Any {
  const optional = { cause: value, name: text, code: fc.oneof(text, number) };
  return fc
    .tuple(
      fc.constantFrom(...ERRORS, AggregateError),
      text,
      fc.record(optional, { requiredKeys: [] }),
      fields,
    )
    .map(([Class, message, { cause, name, code }, others]) => {
      const options = cause === undefined ? {} : { cause };
      const error =
        Class === AggregateError
          ? new AggregateError([cause, others], message, options)
          : new (Class as ErrorConstructor)(message, options);
      if (name !== undefined) Object.defineProperty(error, 'name', { value: name });
      if (code !== undefined) Object.assign(error, { code });
      const {
        message: _,
        name: __,
        stack: ___,
        cause: ____,
        errors: _____,
        ...rest
      } = others as Record<string, unknown>;
      for (const [it, part] of Object.entries(rest)) define(error, it, part);
      return error;
    });
}

function define(object: object, it: string, value: unknown): void {
  const shown = { enumerable: true, writable: true, configurable: true };
  Object.defineProperty(object, it, { value, ...shown });
}

/** Arrives as a plain object. */
export class Thing {
  readonly #secret = 1;

  get secret(): number {
    return this.#secret;
  }
}

/** Objects of any keys, `__proto__` among them: of literals, of a class, without a prototype. */
function objectOf(value: Any): fc.Arbitrary<object> {
  const entries = fc.array(fc.tuple(key, value), { maxLength: 5 });
  const maker = fc.constantFrom(
    () => ({}),
    () => Object.create(null) as object,
    () => new Thing(),
  );
  return fc.tuple(entries, maker).map(([list, make]) => {
    const object = make();
    for (const [it, part] of list) define(object, it, part);
    return object;
  });
}

/** Arrays without holes, with holes, and with properties beside their elements. */
function arrayOf(value: Any): fc.Arbitrary<unknown[]> {
  const dense = fc.array(value, { maxLength: 5 });
  const length = fc.oneof(fc.nat(20), fc.constantFrom(2_000, 2 ** 32 - 1));
  return fc.oneof(
    { weight: 4, arbitrary: dense },
    fc.sparseArray(value, { maxLength: 20 }),
    fc.tuple(dense, length).map(([array, most]) => Object.assign(array, { length: most })),
    fc.tuple(dense, value).map(([array, extra]) => Object.assign(array, { extra })),
    looseArrayOf(value),
  );
}

/** Short arrays with about as many properties as holes, so that their numbers are often the same. */
export function looseArrayOf(value: Any): fc.Arbitrary<unknown[]> {
  const entries = fc.uniqueArray(
    fc.tuple(fc.constantFrom('0', '1', '2', '3', 'x', 'y', '-1', '__proto__'), value),
    { maxLength: 6, selector: ([name]) => name },
  );
  return fc.tuple(entries, fc.nat(4)).map(([list, least]) => {
    const array: unknown[] = [];
    array.length = least;
    for (const [name, part] of list) define(array, name, part);
    return array;
  });
}

const plainKey = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'a',
      'b',
      'c',
      'constructor',
      'toString',
      'toJSON',
      'then',
      'length',
      '0',
      '',
      'r',
    ),
  )
  .filter((name) => name !== '__proto__');

const plainLeaf = fc.oneof(
  wellFormed.filter((it) => !it.startsWith('\ufeff')),
  number,
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.date({ noInvalidDate: false }),
  bytes,
  bytes.map((array) => Buffer.from(array)),
  fc.int8Array(),
  fc.uint16Array(),
  fc.float64Array({ maxLength: 100 }),
  fc.bigUint64Array({ maxLength: 100 }),
);

/** What a frame carries, nested in one another: nothing of it has to travel beside. */
export const { plainValue } = fc.letrec<{ plainValue: unknown }>((tie) => ({
  plainValue: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 3, arbitrary: plainLeaf },
    fc.array(tie('plainValue'), { maxLength: 20 }),
    { weight: 2, arbitrary: fc.dictionary(plainKey, tie('plainValue'), { maxKeys: 17 }) },
    fc
      .array(fc.tuple(tie('plainValue'), tie('plainValue')), { maxLength: 17 })
      .map((list) => new Map(list)),
    fc.array(tie('plainValue'), { maxLength: 17 }).map((list) => new Set(list)),
  ),
}));

/** Everything that structured clone carries as bytes, nested in one another. */
const { value: tree } = fc.letrec<{ value: unknown; fields: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    arrayOf(tie('value')),
    tie('fields'),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((list) => new Map(list)),
    fc.array(tie('value'), { maxLength: 4 }).map((list) => new Set(list)),
    errorOf(tie('value'), tie('fields')),
  ),
  fields: objectOf(tie('value')),
}));

/** Values in which parts are held twice, or hold what holds them. */
export const anyValue = fc
  .tuple(tree, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 3 }))
  .map(([value, links]) => {
    const objects = [...objectsIn(value)];
    for (const [from, to] of objects.length === 0 ? [] : links) {
      hold(objects[from % objects.length] as object, objects[to % objects.length] as object);
    }
    return value;
  });

function objectsIn(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  if (ArrayBuffer.isView(value)) return found;
  if (value instanceof Map) for (const part of [...value].flat()) objectsIn(part, found);
  if (value instanceof Set) for (const part of value) objectsIn(part, found);
  for (const part of Object.values(value)) objectsIn(part, found);
  return found;
}

function hold(container: object, part: object): void {
  if (container instanceof Map) container.set(part, part);
  else if (container instanceof Set) container.add(part);
  else if (Array.isArray(container) && container.length < 100) container.push(part);
  else if (!ArrayBuffer.isView(container)) define(container, 'link', part);
}
