import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../src/ipc/index.ts';
import { TroupeError } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

function roundTrip<T>(value: T): T {
  const [message] = decodeFrame<T>(encodeFrame([value]));
  return message as T;
}

/** Node's own comparison: Vitest's goes astray where a field is called `constructor`. */
function expectSame(got: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(got, expected)) expect(got).toEqual(expected);
  expect(isDeepStrictEqual(got, expected)).toBe(true);
}

/** Any text of whole characters: half a surrogate pair does not survive, see the limits below. */
const text = fc.string({ unit: 'binary' });
const number = fc
  .oneof(fc.double(), fc.integer(), fc.maxSafeInteger())
  .map((value) => (value === 0 ? 0 : value));
const key = fc
  .oneof(text, fc.constantFrom('constructor', 'toString', 'valueOf', 'then', 'length', '0', ''))
  .filter((name) => name !== '__proto__' && name !== 'toJSON');
const bytes = fc.uint8Array();

/** Whatever structured clone carries and the codec promises, nested in one another. */
const { value: clonable } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(
      text,
      number,
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.bigInt(),
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
      fc.date({ noInvalidDate: true }),
      fc.constantFrom(/a/, /[^\n]\/b/giu),
    ),
    fc.oneof(
      bytes,
      fc.int8Array(),
      fc.uint8ClampedArray(),
      fc.int16Array(),
      fc.uint16Array(),
      fc.int32Array(),
      fc.uint32Array(),
      fc.float32Array(),
      fc.float64Array(),
      fc.bigInt64Array(),
      fc.bigUint64Array(),
      bytes.map(({ buffer }) => buffer),
      bytes.map(({ buffer }) => new DataView(buffer)),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((list) => new Map(list)),
    fc.array(tie('value'), { maxLength: 4 }).map((list) => new Set(list)),
  ),
}));

describe('a frame', () => {
  it('brings back a batch of any clonable values', () => {
    fc.assert(
      fc.property(fc.array(clonable, { maxLength: 5 }), (batch) => {
        expectSame(decodeFrame(encodeFrame(batch)), batch);
      }),
      { numRuns: 500 },
    );
  });

  it('brings back what structured clone would give', () => {
    fc.assert(
      fc.property(clonable, (value) => {
        expectSame(roundTrip(value), structuredClone(value));
      }),
    );
  });

  it.each([2, 31, 32, 33, 64, 65, 300, 5_000])(
    'brings back objects of %i different shapes',
    (shapes) => {
      const batch = Array.from({ length: shapes }, (_, i) => ({
        [`a${i}`]: i,
        same: { [`b${i}`]: 1 },
      }));
      expect(decodeFrame(encodeFrame([...batch, ...batch]))).toEqual([...batch, ...batch]);
    },
  );

  it.each([15, 16, 31, 32, 63, 64, 255, 256, 65_535, 65_536, 100_000])(
    'brings back what is %i long',
    (length) => {
      const numbers = Array.from({ length }, (_, i) => i);
      const batch = [
        'ä'.repeat(length),
        'a'.repeat(length),
        numbers,
        new Map(numbers.map((n) => [n, n])),
        new Set(numbers),
        Uint8Array.from(numbers),
        Float64Array.from(numbers),
        2n ** BigInt(length % 10_000),
      ];
      expectSame(decodeFrame(encodeFrame(batch)), batch);
    },
  );

  it.each([15, 16, 31, 32, 33, 300])('brings back an object of %i fields', (length) => {
    const wide = Object.fromEntries(Array.from({ length }, (_, i) => [`field ${i}`, i]));
    expectSame(decodeFrame(encodeFrame([wide, wide])), [wide, wide]);
  });

  it('brings back an error with its kind, message and cause', () => {
    const error = roundTrip(new RangeError('far', { cause: new TypeError('wrong') }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe('far');
    expect(error.cause).toBeInstanceOf(TypeError);
    expect((error.cause as Error).message).toBe('wrong');
  });

  it('brings back a date that is none', () => {
    expect(roundTrip(new Date(Number.NaN)).getTime()).toBeNaN();
  });

  it('may be empty', () => {
    expect(decodeFrame(encodeFrame([]))).toEqual([]);
  });

  it('owns its memory, so that it can be transferred', () => {
    const frames = [encodeFrame(['a']), encodeFrame(['b'])];
    for (const frame of frames) {
      expect(frame.byteOffset).toBe(0);
      expect(frame.buffer.byteLength).toBe(frame.byteLength);
    }
    expect(frames.map((frame) => decodeFrame(frame))).toEqual([['a'], ['b']]);
  });

  it('gives bytes that own their memory', () => {
    const batch = decodeFrame<Uint8Array>(
      encodeFrame([new Uint8Array([1, 2]), Buffer.from([3, 4])]),
    );
    expect(batch.map(({ byteOffset }) => byteOffset)).toEqual([0, 0]);
    expect(batch.map(({ buffer }) => buffer.byteLength)).toEqual([2, 2]);
  });

  it('is written from what is seen of a typed array, not from all of its buffer', () => {
    const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
    expect(roundTrip(new Uint8Array(buffer, 2, 3))).toEqual(new Uint8Array([3, 4, 5]));
    expect(roundTrip(new Uint16Array(buffer, 2, 1))).toEqual(new Uint16Array(buffer.slice(2, 4)));
    expect(roundTrip(new Float64Array([1.5, -0, Number.NaN]))).toEqual(
      new Float64Array([1.5, -0, Number.NaN]),
    );
  });

  it('gives each message its own copy of an object that several hold', () => {
    const shared = { n: 1 };
    const [first, second] = decodeFrame<typeof shared>(encodeFrame([shared, shared]));
    expect(first).toEqual(shared);
    expect(second).toEqual(shared);
    expect(first).not.toBe(second);
  });
});

describe('a value with a cycle', () => {
  interface Ring {
    next?: unknown;
    readonly also: unknown[];
  }

  it('travels in a frame of its own, with its references', () => {
    const ring: Ring = { also: [] };
    ring.next = new Map<string, unknown>([['ring', ring]]);
    ring.also.push(ring.also, new Set([ring]));
    const back = roundTrip(ring);
    expect((back.next as Map<string, unknown>).get('ring')).toBe(back);
    expect(back.also[0]).toBe(back.also);
    expect(back.also[1]).toEqual(new Set([back]));
  });

  it('does not travel with others', () => {
    const ring: Ring = { also: [] };
    ring.next = ring;
    const { message } = thrown(() => encodeFrame(['a', ring]), 'NotSerializable');
    expect(message).toBe('value cannot travel between threads: it is nested too deep');
  });
});

describe('what cannot travel', () => {
  const getter = {
    get secret() {
      throw new Error('do not look');
    },
  };
  let deep: unknown[] = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];

  const cases: [string, unknown, string][] = [
    ['a function', () => {}, 'a function cannot travel between threads'],
    ['a function within', { a: [new Map([[1, () => {}]])] }, 'a function cannot travel'],
    ['a class', class {}, 'a function cannot travel'],
    ['a symbol', Symbol('s'), 'symbol'],
    ['an object whose getter throws', getter, 'do not look'],
    ['what is nested too deep', deep, 'it is nested too deep'],
  ];

  it.each(cases)('is refused: %s', (_, value, text) => {
    const { message, cause } = thrown(() => encodeFrame([{ before: 1 }, value]), 'NotSerializable');
    expect(message).toMatch(/^value cannot travel between threads: /);
    expect(message).toContain(text);
    expect(cause).toBeInstanceOf(Error);
  });

  it('does no harm to the next frame', () => {
    const good = [1, { a: { b: [2n, 'x'] } }, new Map([[{ a: 1 }, new Set([1])]])];
    for (const [, value] of cases) {
      thrown(() => encodeFrame([good, value]), 'NotSerializable');
      thrown(() => encodeFrame([value]), 'NotSerializable');
      expect(decodeFrame(encodeFrame(good))).toStrictEqual(good);
    }
  });
});

/** What a frame changes, in place of refusing it or keeping it: whoever needs it must know. */
describe('the known limits', () => {
  class Point {
    x = 1;
    get double() {
      return this.x * 2;
    }
  }
  class Money {
    amount = 5;
    toJSON() {
      return `EUR ${this.amount}`;
    }
  }
  const proto = JSON.parse('{"__proto__": 1, "a": 2}') as object;
  const loop = new Error('loop');
  loop.cause = loop;

  it.each<[string, unknown, unknown]>([
    ['-0 becomes 0', -0, 0],
    ['half a surrogate pair becomes a replacement', '\ud800', '\ufffd\ufffd\ufffd'],
    ['a hole of an array becomes undefined', new Array(1), [undefined]],
    ['a key __proto__ is renamed', proto, { __proto_: 1, a: 2 }],
    ['an instance of a class becomes plain', new Point(), { x: 1 }],
    ['an instance with toJSON becomes what that gives', new Money(), 'EUR 5'],
    ['a URL becomes a text', new URL('http://a/b'), 'http://a/b'],
    ['symbols as keys are lost', { [Symbol('a')]: 1, b: 2 }, { b: 2 }],
    ['fields of an array are lost', Object.assign([1], { a: 1 }), [1]],
    ['a boxed number becomes an empty object', Object(5), {}],
    ['a promise becomes an empty object', Promise.resolve(1), {}],
    ['a weak map becomes an empty object', new WeakMap(), {}],
    ['shared memory becomes an empty object', new SharedArrayBuffer(4), {}],
    ['an error that causes itself becomes an empty object', loop, {}],
  ])('%s', (_, value, arrives) => {
    expect(roundTrip(value)).toStrictEqual(arrives);
  });

  it('an object with a field constructor is refused when it also has a field toJSON', () => {
    expect(roundTrip({ toJSON: 1 })).toEqual({ toJSON: 1 });
    thrown(() => encodeFrame([{ toJSON: 1, constructor: 1 }]), 'NotSerializable');
  });

  it('a Buffer becomes a Uint8Array', () => {
    const back = roundTrip<Uint8Array>(Buffer.from('abc'));
    expect(Buffer.isBuffer(back)).toBe(false);
    expect(back).toEqual(new Uint8Array([97, 98, 99]));
  });

  it('an error loses its stack and fields', () => {
    const back = roundTrip(Object.assign(new Error('no'), { code: 'ENOENT', stack: 'here' }));
    expect(back.message).toBe('no');
    expect(back.stack).not.toBe('here');
    expect('code' in back).toBe(false);
  });

  it('an object that is held twice arrives twice, unless a cycle goes through the value', () => {
    const shared = {};
    const [a, b] = roundTrip([shared, shared]);
    expect(a).not.toBe(b);
  });
});

describe('a frame that is none', () => {
  /** Either a batch or a ProtocolError, and the next frame is read as if nothing had been. */
  function expectHarmless(frame: Uint8Array): void {
    try {
      expect(Array.isArray(decodeFrame(frame))).toBe(true);
    } catch (error) {
      if (!TroupeError.is(error, 'ProtocolError')) throw error;
    }
    const good = [[1, 2, { a: 1, list: [new Date(5), new Map([[1, { c: 2n }]])] }, 'x']];
    expect(decodeFrame(encodeFrame(good))).toStrictEqual(good);
  }

  /** Bytes that msgpack gives a meaning: arrays, maps, records, references, errors, long lengths. */
  const meaningful = fc.constantFrom(
    ...[0x80, 0x90, 0x91, 0x92, 0xc0, 0xc1, 0xc4, 0xc7, 0xc8, 0xc9, 0xca, 0xcf, 0xd3],
    ...[0xd4, 0xd5, 0xd6, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xff, 0x72, 0x40, 0x41],
    ...[0x42, 0x65, 0x69, 0x70, 0x73, 0x74, 0x78, 0x62, 0x10, 0x11],
  );

  it('is refused or read, whatever its bytes are', () => {
    const byte = fc.oneof(fc.nat(255), meaningful);
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), (list) =>
        expectHarmless(Uint8Array.from(list)),
      ),
      { numRuns: 5_000 },
    );
  });

  it('is refused or read, when some of its bytes are changed or cut off', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), meaningful)), {
      maxLength: 5,
    });
    const batch = fc.array(clonable, { maxLength: 4 });
    fc.assert(
      fc.property(batch, edits, fc.option(fc.nat()), (values, changes, cut) => {
        const frame = encodeFrame(values);
        for (const [at, byte] of changes) frame[at % frame.length] = byte;
        expectHarmless(cut === null ? frame : frame.slice(0, cut % frame.length));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, readonly number[]]>([
    ['is empty', []],
    ['is cut', [0x93, 1, 2]],
    ['has something behind it', [0x90, 0x90]],
    ['claims to be huge', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['holds a text that claims to be huge', [0x91, 0xdb, 0xff, 0xff, 0xff, 0xff, 0x61]],
    ['is nested too deep', new Array<number>(300_000).fill(0x91)],
    ['is never used by msgpack', [0xc1]],
    ['is a map', [0x80]],
    ['is a number', [5]],
    ['is nothing', [0xc0]],
  ])('is refused when it %s', (_, list) => {
    thrown(() => decodeFrame(Uint8Array.from(list)), 'ProtocolError');
  });

  it.each([undefined, null, 'text', 5, {}, []])('is refused when it is %o', (frame) => {
    thrown(() => decodeFrame(frame as never), 'ProtocolError');
  });

  it('says what is missing', () => {
    expect(thrown(() => decodeFrame(Uint8Array.of(5)), 'ProtocolError').message).toBe(
      'a frame must hold an array of messages',
    );
    const error = thrown(() => decodeFrame(Uint8Array.of(0x91)), 'ProtocolError');
    expect(error.message).toBe('a frame could not be decoded');
    expect(error.cause).toBeInstanceOf(Error);
  });
});
