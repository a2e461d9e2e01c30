import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyValue, looseArrayOf, plainValue } from './arbitrary-value.ts';
import { differenceOf } from './faithful.ts';
import { EACH_WAY, parcelOf } from './ways.ts';

/** Fields, an accessor, a private field, a method, and a parent. */
class Point {
  readonly x = 1;
}
class Place extends Point {
  readonly list = [new Point()];
  readonly #secret = 2;

  get secret(): number {
    return this.#secret;
  }

  get [Symbol.toStringTag](): string {
    return 'Place';
  }

  toJSON(): string {
    return 'a place';
  }
}
class Names extends Map<string, string> {
  readonly kind = 'names';
}
class Moment extends Date {}
class List extends Array<number> {}
class Bytes extends Uint8Array {}

const symbol = Symbol('s');
const shared = { n: 1 };
const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
const ring: unknown[] = [new Map(), new Set()];
(ring[0] as Map<unknown, unknown>).set(ring, ring[0]);
(ring[1] as Set<unknown>).add(ring).add(ring[1]);

/** What structured clone makes of a value is what arrives. */
const AS_CLONED: [string, () => unknown][] = [
  ['-0', () => [-0, { a: -0 }]],
  ['numbers that are none', () => [Number.NaN, Number.POSITIVE_INFINITY]],
  ['half a surrogate pair', () => ['\ud800', { '\udc00': 1 }]],
  ['BigInts', () => [0n, -1n, 2n ** 64n, -(2n ** 999n)]],
  ['objects around primitives', () => [Object(-0), Object('a'), Object(false), Object(5n)]],
  ['dates, also invalid ones', () => [new Date(-1), new Date(Number.NaN), new Date(8.64e15)]],
  ['cycles in a Map and a Set', () => ring],
  ['one object in two places', () => ({ a: shared, b: [shared] })],
  [
    'typed arrays that share a buffer',
    () => [new Uint8Array(buffer, 1), new DataView(buffer), buffer],
  ],
  ['an array with holes', () => Object.assign(new Array(5), { 3: 1 })],
  ['an array with properties', () => 'a b'.match(/b/)],
  ['an error with a cause', () => new RangeError('no', { cause: { n: 1 } })],
  ['an object of a class', () => ({ place: new Place(), point: new Point() })],
  [
    'an object that inherits from another',
    () => Object.create({ a: 1 }, { b: { value: 2, enumerable: true } }),
  ],
  ['a Date of a class', () => new Moment(5)],
  ['an array of a class', () => List.from([1, -0])],
  ['bytes of a class', () => [Bytes.of(1, 2), new Bytes(3_000)]],
  ['properties under symbols', () => ({ [symbol]: 1, a: Object.assign([1], { [symbol]: 1 }) })],
  ['properties that are not enumerable', () => Object.defineProperty({ a: 1 }, 'b', { value: 1 })],
];

describe.each(EACH_WAY)('a value that travels by %s', (_, way) => {
  it('arrives as it was, whatever it is', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(differenceOf(way(value), value)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('arrives as it was, if it is plain', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        expect(differenceOf(way(value), value)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(EACH_WAY)('what arrives by %s', (_, way) => {
  it.each(AS_CLONED)('is what structured clone would give: %s', (__, make) => {
    const value = make();
    expect(differenceOf(way(value), structuredClone(value))).toBeUndefined();
  });

  it('is what structured clone would give of arrays with holes and properties', () => {
    fc.assert(
      fc.property(looseArrayOf(fc.constantFrom(1, 'p', undefined)), (array) => {
        expect(differenceOf(way(array), structuredClone(array))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('has nothing that is inherited, also beside an object of the same look', () => {
    const heir = Object.assign(Object.create({ m: 5 }) as object, { a: 1 });
    expect(way([{ a: 1, m: 2 }, heir])).toEqual([{ a: 1, m: 2 }, { a: 1 }]);
  });

  it('is a Map for one of a class, with its properties', () => {
    const back = way(new Names([['a', 'b']]));
    expect(Object.getPrototypeOf(back)).toBe(Map.prototype);
    expect([...back]).toEqual([['a', 'b']]);
    expect(back.kind).toBe('names');
  });

  it('is what a Proxy shows', () => {
    const proxy = new Proxy(new Point(), { get: () => 5 });
    expect(way([proxy, new Proxy([1], {})])).toStrictEqual([{ x: 5 }, [1]]);
  });
});

describe('an object of a class', () => {
  it('is in the frame, as plain objects are', () => {
    expect(parcelOf([new Place(), { point: new Point() }]).beside).toEqual([]);
  });
});

describe('a plain value', () => {
  it('is in the frame, with nothing beside it', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        expect(parcelOf(value).beside).toEqual([]);
        expect(parcelOf(value).moved).toEqual([]);
      }),
    );
  });
});
