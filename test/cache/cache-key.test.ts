import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedKey, cacheKey } from '../../src/cache/cache-key.ts';
import { thrown } from '../support/thrown.ts';

const leaves: readonly unknown[] = [
  ...[undefined, null, true, false, 0, -0, 1, 12, Number.NaN, 1n, 12n, '', 'a', '1', ';', '":'],
  ...[new Date(0), new Date(1), new Date(Number.NaN), /a/, /a/g, /g/],
  ...[new Uint8Array(), new Uint8Array([1]), new Int8Array([1]), Buffer.from([1])],
  ...[new Uint8Array([1]).buffer, new DataView(new ArrayBuffer(1)), new Float32Array([0])],
  ...[new Float32Array([-0]), new Uint8Array(65), new Uint8Array(66), new Uint16Array(33)],
  ...[new Error('a'), new TypeError('a'), new Error('a', { cause: 1 }), new URL('http://a/')],
];

const names = fc.constantFrom('a', 'b', '1', '', 'a"');

function nested(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { value } = fc.letrec<{ value: unknown }>((tie) => {
    const item = tie('value');
    const list = fc.array(item, { maxLength: 2 });
    return {
      value: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        leaf,
        list,
        list.map((items) => Object.assign(new Array(2), items)),
        fc.dictionary(names, item, { maxKeys: 3 }),
        list.map((items) => new Set(items)),
        fc.array(fc.tuple(item, item), { maxLength: 2 }).map((entries) => new Map(entries)),
      ),
    };
  });
  return value;
}

/** Of so few leaves that two draws are often the same, and often nearly so. */
const alike = fc
  .subarray([...leaves], { minLength: 1, maxLength: 3 })
  .chain((few) => fc.tuple(nested(fc.constantFrom(...few)), nested(fc.constantFrom(...few))));
const anything = nested(fc.constantFrom(...leaves));

/** What makes two inputs the same, put as naively as can be. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b);
  }
  const prototype: unknown = Object.getPrototypeOf(a) ?? Object.prototype;
  if (prototype !== (Object.getPrototypeOf(b) ?? Object.prototype)) return false;
  const [one, other] = [partsOf(a), partsOf(b)];
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) {
    if (i in one !== i in other || !same(one[i], other[i])) return false;
  }
  return true;
}

function partsOf(value: object): unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Date) return [value.getTime()];
  if (value instanceof RegExp || value instanceof URL) return [String(value)];
  if (value instanceof Error) return [value.name, value.message, value.cause];
  if (value instanceof Map) return [...value].flat(1);
  if (value instanceof Set) return [...value];
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
  if (ArrayBuffer.isView(value)) {
    return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  }
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat(1);
}

function sparse(length: number, fields: object): unknown[] {
  return Object.assign([], { length }, fields);
}

function resizable(length: number, maxByteLength: number): ArrayBuffer {
  return Reflect.construct(ArrayBuffer, [length, { maxByteLength }]) as ArrayBuffer;
}

function named(error: Error, name: string): Error {
  return Object.defineProperty(error, 'name', { value: name });
}

describe('cacheKey', () => {
  it('is the same for what is the same, and for nothing else', () => {
    fc.assert(
      fc.property(alike, ([a, b]) => {
        expect(cacheKey(a) === cacheKey(b)).toBe(same(a, b));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is the same for a copy', () => {
    fc.assert(
      fc.property(fc.clone(anything, 2), ([a, b]) => {
        expect(cacheKey(a)).toBe(cacheKey(b));
      }),
    );
  });

  it('does not depend on the order of properties, at any depth', () => {
    const shuffle = <T>(list: T[]) => fc.shuffledSubarray(list, { minLength: list.length });
    const shuffled = fc
      .uniqueArray(fc.tuple(fc.string(), anything), { selector: ([name]) => name, maxLength: 6 })
      .chain((fields) => fc.tuple(fc.constant(fields), shuffle(fields)));
    fc.assert(
      fc.property(shuffled, ([fields, others]) => {
        const one = { deep: [Object.fromEntries(fields)] };
        const other = { deep: [Object.fromEntries(others)] };
        expect(cacheKey(one)).toBe(cacheKey(other));
      }),
    );
  });

  it.each<[string, unknown, unknown]>([
    [
      'the order of a map',
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ], // prettier-ignore
    ['the order of a set', new Set([1, 2]), new Set([2, 1])],
    ['a missing field', {}, { a: undefined }],
    ['where one text ends and the next begins', ['ab', 'c'], ['a', 'bc']],
    ['a text from two that are put together', ['a"b', 'a"1:b'], ['a', 'b', 'a"1:b']],
    ['a text from a number', ['#1;'], [1]],
    ['a field from two', { 'a"b': 1 }, { a: 1, b: 1 }],
    ['where one list ends and the next begins', [[1], 2], [[1, 2]]],
    ['halves of surrogate pairs in a long text', '\ud800'.repeat(300), '\ud801'.repeat(300)],
    ['the last byte of many', new Uint8Array(999), new Uint8Array(999).fill(1, 998)],
    ['the last letter of many', 'a'.repeat(999), `${'a'.repeat(998)}b`],
    ['properties of an array', [1], Object.assign([1], { x: 1 })],
    ['properties of an array from elements', sparse(2, { 0: 1, x: 3 }), [1, 3]],
    ['as many properties as holes', sparse(2, { 0: 1, x: 3 }), sparse(2, { 1: 1, x: 3 })],
    ['the length of an empty array', sparse(2 ** 32 - 1, {}), sparse(2 ** 32 - 2, {})],
    ['properties of a map', new Map(), Object.assign(new Map(), { x: 1 })],
    ['properties of a set', new Set([1]), Object.assign(new Set([1]), { x: 1 })],
    ['properties of a date', new Date(0), Object.assign(new Date(0), { x: 1 })],
    ['properties of a RegExp', /a/, Object.assign(/a/, { x: 1 })],
    ['properties of a buffer', new ArrayBuffer(1), Object.assign(new ArrayBuffer(1), { x: 1 })],
    ['properties from what follows', [Object.assign(new Set(), { x: 1 })], [new Set(), { x: 1 }]],
    ['where a RegExp goes on', /a/g, Object.assign(/a/g, { lastIndex: 1 })],
    ['a resizable buffer', new ArrayBuffer(1), resizable(1, 2)],
    ['how far a buffer can grow', resizable(1, 2), resizable(1, 3)],
    ['the errors of an AggregateError', new AggregateError([1], 'a'), new AggregateError([2], 'a')],
    ['the class of an error', new TypeError('x'), named(new Error('x'), 'TypeError')],
    ['an error without a cause', new Error('x'), new Error('x', { cause: undefined })],
    ['a hidden cause', new Error('x', { cause: 1 }), Object.assign(new Error('x'), { cause: 1 })],
    ['the fields of an error', new Error('x'), Object.assign(new Error('x'), { code: 'E' })],
  ])('tells apart %s', (_, a, b) => {
    expect(cacheKey(a)).not.toBe(cacheKey(b));
    expect(cacheKey({ a: [a] })).not.toBe(cacheKey({ a: [b] }));
  });

  it('takes an instance of a class for its own fields, or for what its toJSON gives', () => {
    class Point {
      readonly x = 1;
    }
    class Money {
      readonly #amount: number;
      constructor(amount: number) {
        this.#amount = amount;
      }
      toJSON() {
        return this.#amount;
      }
    }
    expect(cacheKey(new Point())).toBe(cacheKey({ x: 1 }));
    expect(cacheKey(new Money(1))).toBe(cacheKey(new Money(1)));
    expect(cacheKey(new Money(1))).not.toBe(cacheKey(new Money(2)));
  });

  it('sees what a view shows of its buffer', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    expect(cacheKey(bytes.subarray(1, 3))).toBe(cacheKey(new Uint8Array([2, 3])));
  });

  it('takes what is held twice for two of the same', () => {
    const shared = { n: 1 };
    expect(cacheKey([shared, shared])).toBe(cacheKey([{ n: 1 }, { n: 1 }]));
  });

  it.each([1, 1_000, 1_000_000])('is short, also for an input of %i letters', (length) => {
    expect(cacheKey('a'.repeat(length)).length).toBeLessThan(260);
    expect(cacheKey(new Uint8Array(length)).length).toBeLessThan(260);
  });

  const loop: { items: unknown[] } = { items: [] };
  loop.items.push(1, { self: loop });
  const inMap = new Map<string, unknown>([['a', 1]]);
  inMap.set('b', inMap);
  const shared = new SharedArrayBuffer(1);
  const promise = Object.assign(Promise.resolve(), { x: 1 });
  const moved = new Uint8Array(1);
  structuredClone(moved, { transfer: [moved.buffer] });
  const getter = {
    get secret() {
      throw new Error('do not look');
    },
  };

  it.each<[string, unknown, string, string]>([
    ['a function', () => {}, 'input', 'a function'],
    ['a function within', { a: [1, { b: () => {} }] }, 'input.a[1].b', 'a function'],
    ['a symbol', [Symbol('s')], 'input[0]', 'Symbol(s)'],
    ['a cycle', loop, 'input.items[1].self', 'a plain object'],
    ['a cycle in a map', { map: inMap }, 'input.map[1].value', 'a Map object'],
    ['a promise', { user: Promise.resolve(1) }, 'input.user', 'a Promise object'],
    ['a weak map', new WeakMap(), 'input', 'a WeakMap object'],
    ['a boxed number', [Object(5)], 'input[0]', 'a Number object'],
    ['a boxed text', [Object('s')], 'input[0]', 'a String object'],
    ['a promise with a field', promise, 'input', 'a Promise object'],
    ['shared memory', { m: shared }, 'input.m', 'a SharedArrayBuffer object'],
    ['a view of shared memory', [new Uint8Array(shared)], 'input[0]', 'a Uint8Array object'],
    ['memory that was moved', [moved], 'input[0]', 'a Uint8Array object'],
    ['a function among holes', sparse(9, { 5: () => {} }), 'input[5]', 'a function'],
    ['a function beside elements', sparse(9, { at: () => {} }), 'input.at', 'a function'],
  ])('refuses %s, naming the field', (_, value, field, received) => {
    const { message, details } = thrown(() => cacheKey(value), 'InvalidInput');
    expect(details).toEqual({ field, expected: 'plain data', received });
    expect(message).toContain(`${field} `);
  });

  it('refuses what throws when it is looked at', () => {
    const { message, cause } = thrown(() => cacheKey(getter), 'InvalidInput');
    expect(message).toContain('do not look');
    expect(cause).toBeInstanceOf(Error);
  });

  it('refuses what is nested too deep, and shows no more of the way than can be read', () => {
    let deep: unknown[] = [];
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const { message, details } = thrown(() => cacheKey(deep), 'InvalidInput');
    expect(message).toContain('is nested too deep');
    expect(details.field).toBe(`input${'[0]'.repeat(10)}…`);
  });
});

describe('boundedKey', () => {
  it('keeps what is short, and tells apart what is not', () => {
    expect(boundedKey('user:5')).toBe('user:5');
    const [one, other] = ['a', 'b'].map((end) => boundedKey('a'.repeat(10_000) + end));
    expect(one).not.toBe(other);
    expect(one?.length).toBeLessThan(100);
    expect(boundedKey(one as string)).toBe(one);
  });
});
