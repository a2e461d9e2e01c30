import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../src/ipc/index.ts';
import { TroupeError } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';
import { anyValue, plainValue } from './arbitrary-value.ts';
import { differenceOf } from './faithful.ts';

const value = fc.oneof(plainValue, anyValue);

describe('a frame', () => {
  it('brings back a batch of any values', () => {
    fc.assert(
      fc.property(fc.array(fc.array(value, { maxLength: 3 }), { maxLength: 5 }), (batch) => {
        const back = decodeFrame<unknown[]>(encodeFrame(batch));
        expect(back.length).toBe(batch.length);
        for (const [i, message] of batch.entries()) {
          expect(back[i]?.length).toBe(message.length);
          // Messages hold values of their own: nothing is shared between two of them.
          for (const [slot, sent] of message.entries()) {
            expect(differenceOf(back[i]?.[slot], sent)).toBeUndefined();
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([2, 31, 32, 33, 63, 64, 65, 300, 5_000])(
    'brings back objects of %i different shapes',
    (shapes) => {
      const batch = Array.from({ length: shapes }, (_, i) => [
        { [`a${i}`]: i, same: { [`b${i}`]: 1 } },
        { same: { b: i, [`c${i}`]: {} } },
      ]);
      expect(decodeFrame(encodeFrame([...batch, ...batch]))).toEqual([...batch, ...batch]);
    },
  );

  it.each([15, 16, 31, 32, 63, 64, 255, 256, 65_535, 65_536, 100_000])(
    'brings back what is %i long',
    (length) => {
      const numbers = Array.from({ length }, (_, i) => i);
      const message = [
        'ä'.repeat(length),
        'a'.repeat(length),
        numbers,
        new Map(numbers.map((n) => [n, n])),
        new Set(numbers),
        Uint8Array.from(numbers),
        Float64Array.from(numbers),
        2n ** BigInt(length % 10_000),
      ];
      expect(differenceOf(decodeFrame(encodeFrame([message]))[0], message)).toBeUndefined();
    },
  );

  it.each([15, 16, 31, 32, 33, 300])('brings back an object of %i fields', (length) => {
    const wide = Object.fromEntries(Array.from({ length }, (_, i) => [`field ${i}`, i]));
    expect(decodeFrame(encodeFrame([[wide], [wide]]))).toStrictEqual([[wide], [wide]]);
  });

  it('brings back batches of any size', () => {
    for (const size of [0, 1, 15, 16, 256, 70_000]) {
      const batch = Array.from({ length: size }, (_, i) => [i]);
      expect(decodeFrame(encodeFrame(batch))).toEqual(batch);
    }
  });

  it('owns its memory, so that it can be transferred', () => {
    const frames = [encodeFrame([['a']]), encodeFrame([[-0, '\ud800']]), encodeFrame([])];
    for (const frame of frames) {
      expect(frame.byteOffset).toBe(0);
      expect(frame.buffer.byteLength).toBe(frame.byteLength);
      structuredClone(frame, { transfer: [frame.buffer] });
    }
    expect(decodeFrame(encodeFrame([]))).toEqual([]);
  });

  it('is read out of whatever memory it lies in', () => {
    for (const batch of [[['a', Buffer.from('b')]], [['\ud800', Buffer.from('b')]]]) {
      const frame = Buffer.concat([
        Buffer.from('before'),
        encodeFrame(batch),
        Buffer.from('after'),
      ]);
      const [message] = decodeFrame<unknown[]>(frame.subarray(6, -5));
      expect(differenceOf(message, batch[0])).toBeUndefined();
      expect(Buffer.isBuffer(message?.[1])).toBe(false);
    }
  });

  it('gives bytes that own their memory', () => {
    const [message] = decodeFrame<Uint8Array[]>(
      encodeFrame([[new Uint8Array([1, 2]), Buffer.from([3, 4]), new Uint8Array(5_000)]]),
    );
    expect(message?.map(({ byteOffset }) => byteOffset)).toEqual([0, 0, 0]);
    expect(message?.map(({ buffer }) => buffer.byteLength)).toEqual([2, 2, 5_000]);
  });

  it('gives each message its own copy of an object that several hold', () => {
    const shared = { n: 1, ring: {} };
    shared.ring = shared;
    const plain = { n: 1 };
    const batch = [
      [shared, plain],
      [shared, plain],
    ];
    const [first, second] = decodeFrame<(typeof shared)[]>(encodeFrame(batch));
    expect(first).toEqual(second);
    expect(first?.[0]).not.toBe(second?.[0]);
    expect(first?.[1]).not.toBe(second?.[1]);
  });
});

describe('keys that could change prototypes', () => {
  const hostile = [
    '{"__proto__": {"polluted": 1}}',
    '{"constructor": {"prototype": {"polluted": 1}}}',
    '{"a": {"__proto__": {"polluted": 1}, "constructor": 1, "toString": 2}}',
    '[{"__proto__": [1]}, {"b": {"__proto__": null}}]',
  ];

  it.each(hostile)('arrive as what they are: %s', (json) => {
    const sent: unknown = JSON.parse(json);
    const batch = [[sent], [new Map([['__proto__', sent]])], [new Error('no', { cause: sent })]];
    const back = decodeFrame<unknown[]>(encodeFrame(batch));
    expect(JSON.stringify(back[0])).toBe(JSON.stringify(batch[0]));
    for (const [i, [value]] of batch.entries()) {
      expect(differenceOf(back[i]?.[0], value)).toBeUndefined();
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('a frame that is none', () => {
  /** Either a batch or a ProtocolError, and the next frame is read as if nothing had been. */
  function expectHarmless(frame: unknown): void {
    try {
      expect(Array.isArray(decodeFrame(frame))).toBe(true);
    } catch (error) {
      if (!TroupeError.is(error, 'ProtocolError')) throw error;
    }
    const good = [[1, 2, { a: 1, list: [new Date(5), new Map([[1, { c: 2n }]])] }, 'x', -0]];
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
      fc.property(fc.array(byte, { maxLength: 60 }), (list) => {
        expectHarmless(Uint8Array.from(list));
        expectHarmless(String.fromCharCode(...list));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is refused or read, when some of its bytes are changed or cut off', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), meaningful)), {
      maxLength: 5,
    });
    const batchOf = (part: fc.Arbitrary<unknown>) =>
      fc.array(fc.array(part, { maxLength: 2 }), { maxLength: 3 });
    const batch = fc.oneof(batchOf(plainValue), batchOf(anyValue));
    fc.assert(
      fc.property(batch, edits, fc.option(fc.nat()), (values, changes, cut) => {
        const frame = encodeFrame(values);
        for (const [at, byte] of changes) frame[at % frame.length] = byte;
        expectHarmless(cut === null ? frame : frame.slice(0, cut % frame.length));
      }),
      { numRuns: 1_000 },
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
    ['ends where its beside should begin', [0xc1, 0, 0, 0, 1, 0x90]],
    ['says that it is longer than it is', [0xc1, 0, 0, 1, 0, 0x90, 0xff, 0x0f]],
    ['has no beside that V8 could have written', [0xc1, 0, 0, 0, 1, 0x90, 1, 2, 3, 4]],
    ['has a beside of another V8', [0xc1, 0, 0, 0, 1, 0x90, 0xff, 0x0c, 0x30]],
    ['refers to what it holds', [0x91, 0xd6, 0x69, 0, 0, 0, 1, 0x90]],
    ['is a map', [0x80]],
    ['is a number', [5]],
    ['is nothing', [0xc0]],
  ])('is refused when it %s', (_, list) => {
    thrown(() => decodeFrame(Uint8Array.from(list)), 'ProtocolError');
  });

  it('never reaches beyond the batch with what travels beside it', () => {
    const index = fc.oneof(fc.integer(), fc.constantFrom('__proto__', 'length', '0', null, 0.5));
    const anything = fc.oneof(index, fc.anything(), fc.constantFrom([], {}, [[]]));
    const forged = fc.array(fc.tuple(index, index, anything, anything), { maxLength: 3 });
    const prototypes = [Object.prototype, Array.prototype, Error.prototype];
    const before = prototypes.map((prototype) => Reflect.ownKeys(prototype).length);
    const [message] = [[1, null, 'text']];
    fc.assert(
      fc.property(fc.oneof(forged, anything), (beside) => {
        expectHarmless({ frame: encodeFrame([message]), beside } as never);
        expect(prototypes.map((prototype) => Reflect.ownKeys(prototype).length)).toEqual(before);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [1, 1],
    [-1, 1],
    [0.5, 1],
    ['0', 1],
    ['__proto__', 'push'],
    [0, 3],
    [0, -1],
    [0, 0],
    [0, '__proto__'],
    [0, 'length'],
  ])('is refused when it has no place %s, %s for what travels beside it', (index, slot) => {
    const frame = encodeFrame([[1, null, 'text']]);
    const { message } = thrown(
      () => decodeFrame({ frame, beside: [[index, slot, {}, []]] }),
      'ProtocolError',
    );
    expect(message).toContain(`no place ${index}, ${slot}`);
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
