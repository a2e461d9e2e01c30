import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameEncoder, type Parcel } from '../../src/ipc/frame-encoder.ts';
import { decodeFrame, HOST_VALUES, HostKind, toBytes, transfer } from '../../src/ipc/index.ts';
import { thrown } from '../support/thrown.ts';
import { anyValue, plainValue } from './arbitrary-value.ts';
import { differenceOf } from './faithful.ts';
import { parcelOf, throughPort, WAYS } from './ways.ts';

type Message = readonly [kind: number, value: unknown];

const ARRIVALS = {
  port: throughPort,
  bytes: toBytes,
} satisfies Record<string, (parcel: Parcel) => unknown>;

describe.each(['port', 'bytes'] as const)('a batch that travels by %s', (medium) => {
  const arrive = (encoder: FrameEncoder) =>
    decodeFrame<Message>(ARRIVALS[medium](encoder.take() ?? expect.fail('nothing to send')));

  it('brings every message that is fit, in order, whatever the others are', () => {
    const unfit = fc.constantFrom(() => {}, { deep: [Symbol('s')] }, [new WeakMap()]);
    const value = fc.oneof(plainValue, anyValue, unfit, fc.tuple(plainValue, anyValue, unfit));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
        const encoder = new FrameEncoder({ medium });
        const sent = values.filter((it) => {
          try {
            encoder.add([1, it]);
            return true;
          } catch {
            return false;
          }
        });
        expect(encoder.size).toBe(sent.length);
        if (sent.length === 0) return;
        for (const [i, [, got]] of arrive(encoder).entries()) {
          expect(differenceOf(got, sent[i])).toBeUndefined();
        }
      }),
      { numRuns: 100 },
    );
  });

  it('holds values as they were when they were added', () => {
    const make = () => ({
      plain: { n: 1, list: [1], date: new Date(1), map: new Map([[1, 1]]), small: bytes(10) },
      rich: { zero: -0, list: [1], date: new Date(1), set: new Set(['\ud800']), large: bytes(5e3) },
      error: Object.assign(new Error('before'), { info: { n: 1 } }),
    });
    const { plain, rich, error } = make();
    const encoder = new FrameEncoder({ medium });
    for (const value of [plain, rich, error]) encoder.add([1, value]);
    for (const part of [plain, rich]) {
      part.list.push(2);
      part.date.setTime(2);
    }
    plain.n = 2;
    plain.map.set(2, 2);
    plain.small.fill(9);
    rich.set.add('x');
    rich.large.fill(9);
    error.message = 'after';
    error.info.n = 2;
    const got = arrive(encoder).map(([, value]) => value);
    const before = make();
    expect(got.slice(0, 2)).toEqual([before.plain, before.rich]);
    expect(got[2]).toMatchObject({ message: 'before', info: { n: 1 } });
  });

  it('knows the shapes of earlier frames, however many and wide they are', () => {
    const encoder = new FrameEncoder({ medium });
    const shapes = Array.from({ length: 400 }, (_, i) => ({ id: i, [`field ${i}`]: { [i]: i } }));
    const wide = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`key ${i}`, i]));
    for (let frame = 0; frame < 30; frame++) {
      const sent = [shapes.filter((_, i) => (i * 7 + frame) % 13 < 6), frame % 5 === 0 ? wide : {}];
      encoder.add(sent);
      expect(() => encoder.add([{ [`other ${frame}`]: 1, id: () => {} }])).toThrow();
      encoder.add(sent);
      expect(arrive(encoder)).toStrictEqual([sent, sent]);
    }
  });

  it('gives each message its own of an object that several hold', () => {
    const parts = [{ n: 1 }, new Date(1), /a/, Object(1), new Error('no'), bytes(5_000)];
    const encoder = new FrameEncoder({ medium });
    for (let i = 0; i < 2; i++) encoder.add([1, [...parts, -0, '\ud800']]);
    const [first, second] = arrive(encoder).map(([, value]) => value as unknown[]);
    for (const i of parts.keys()) expect(first?.[i]).not.toBe(second?.[i]);
  });

  it('begins anew after each', () => {
    const encoder = new FrameEncoder({ medium });
    for (const value of [{ a: 1 }, ['\ud800'], { a: 2 }, { a: 3 }]) {
      encoder.add([1, value]);
      expect(arrive(encoder)).toEqual([[1, value]]);
      expect(encoder.size).toBe(0);
      expect(encoder.take()).toBeUndefined();
    }
  });
});

function bytes(length: number): Uint8Array {
  return new Uint8Array(length).fill(7);
}

describe('binary values', () => {
  const kinds: [string, (length: number) => ArrayBufferView][] = [
    ['Uint8Array', bytes],
    ['Buffer', (length) => Buffer.alloc(length, 7)],
    ['Float64Array', (length) => new Float64Array(length / 8).fill(0.5)],
  ];

  it.each(kinds)('travel beside the frame from 1 KiB on: a %s', (_, make) => {
    expect(parcelOf(make(1_016)).beside).toEqual([]);
    expect(parcelOf(make(1_024)).moved).toHaveLength(1);
    expect(parcelOf([1, { part: make(1_024) }]).moved).toHaveLength(1);
  });

  it('travel beside the frame from where the option says', () => {
    expect(parcelOf(bytes(99), { besideFrom: 100 }).beside).toEqual([]);
    expect(parcelOf(bytes(100), { besideFrom: 100 }).moved).toHaveLength(1);
    expect(parcelOf(bytes(0), { besideFrom: 0 }).moved).toHaveLength(1);
    expect(parcelOf(bytes(1e5), { besideFrom: 1e6 }).beside).toEqual([]);
  });

  it('are in the frame where there is no beside', () => {
    expect(parcelOf(bytes(1e5), {}, 'bytes')).toMatchObject({ beside: [], moved: [] });
  });

  it('arrive as Uint8Array if they were Buffers, and as what they were if not', () => {
    for (const length of [8, 8_000]) {
      const value = kinds.map(([, make]) => make(length));
      expect(WAYS.port(value).map((it) => it.constructor)).toEqual([
        Uint8Array,
        Uint8Array,
        Float64Array,
      ]);
    }
  });
});

describe('a value over the limit', () => {
  const values = { maxBytes: 65_536 };
  const cases: [string, () => unknown, number][] = [
    ['a text', () => 'x'.repeat(70_000), 70_000],
    ['a text of long characters', () => '€'.repeat(30_000), 90_000],
    ['a large binary value', () => bytes(70_000), 70_000],
    ['many small ones', () => Array.from({ length: 100 }, () => bytes(1_000)), 65_537],
    ['many large ones', () => Array.from({ length: 100 }, () => bytes(2_000)), 65_537],
    ['numbers', () => Array.from({ length: 70_000 }, (_, i) => i), 65_537],
    ['objects', () => Array.from({ length: 9_000 }, (_, i) => ({ i, t: `text ${i}` })), 65_537],
    ['a key', () => ({ ['k'.repeat(70_000)]: 1 }), 70_000],
    ['what is carried beside', () => ['\ud800', ...Array(10_000).fill('text')], 65_537],
    ['a bigint', () => 2n ** 600_000n, 70_000],
  ];

  it.each(cases)('is refused: %s', (_, make, least) => {
    for (const medium of ['port', 'bytes'] as const) {
      const error = thrown(() => parcelOf(make(), values, medium), 'PayloadTooLarge');
      expect(error.message).toMatch(/^input is of \d+ bytes or more, over the limit of 65536: ./);
      expect(error.details).toEqual({ path: 'input', bytes: expect.any(Number), limit: 65_536 });
      expect(error.details.bytes).toBeGreaterThanOrEqual(least);
    }
  });

  afterEach(() => vi.restoreAllMocks());

  it('is not copied before', () => {
    const copy = vi.spyOn(ArrayBuffer.prototype, 'slice');
    const write = vi.spyOn(Buffer.prototype, 'write');
    const set = vi.spyOn(Uint8Array.prototype, 'set');
    thrown(() => parcelOf(bytes(70_000), values), 'PayloadTooLarge');
    thrown(() => parcelOf(bytes(70_000), values, 'bytes'), 'PayloadTooLarge');
    thrown(() => parcelOf('x'.repeat(70_000), values), 'PayloadTooLarge');
    expect([copy, write, set].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
  });

  it('leaves the others of its frame, however much they are together', () => {
    const encoder = new FrameEncoder({ values });
    const fit = [1, 'x'.repeat(60_000), 'y'.repeat(60_000)];
    for (let i = 0; i < 5; i++) encoder.add(fit);
    thrown(() => encoder.add([1, 'x'.repeat(70_000)]), 'PayloadTooLarge');
    encoder.add(Array.from({ length: 100_000 }, (_, i) => i));
    expect(encoder.size).toBe(6);
    expect(decodeFrame<unknown[]>(encoder.take()?.frame).slice(0, 5)).toEqual(Array(5).fill(fit));
  });

  it('is no value of ours: an error is told, however long it is', () => {
    const encoder = new FrameEncoder({ values, names: HOST_VALUES });
    const text = 'x'.repeat(70_000);
    thrown(() => encoder.add([HostKind.run, 1, 0, text, 0]), 'PayloadTooLarge');
    encoder.add([HostKind.cancel, 1, { name: 'Error', message: text }]);
    encoder.add([HostKind.cancel, 1, Object.assign(new Error(text), { info: [text] })]);
    expect(encoder.size).toBe(2);
  });

  it('is refused by 256 MiB if nothing else is said', () => {
    const zeros = new Uint8Array(2 ** 28 + 1);
    const error = thrown(() => parcelOf(zeros), 'PayloadTooLarge');
    expect(error.details).toMatchObject({ bytes: 2 ** 28 + 1, limit: 2 ** 28 });
  });
});

describe('a frame should leave at once', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(5_000));
  it.each<[string, unknown]>([
    ['when it is large', 'x'.repeat(2 ** 20)],
    ['when much travels beside it', new Uint8Array(2 ** 20)],
    ['when something moves', transfer(bytes(10))],
  ])('%s', (_, value) => {
    const encoder = new FrameEncoder();
    expect(encoder.add([1, 'small'])).toBe(false);
    expect(encoder.add([1, value])).toBe(true);
    encoder.take();
    expect(encoder.add([1, 'small'])).toBe(false);
  });

  it.each<[string, unknown]>([
    ['for what is small', { a: 1 }],
    ['for a copy that is handed over', bytes(5_000)],
    ['for shared memory', shared],
  ])('but not %s', (_, value) => {
    expect(new FrameEncoder().add([1, value])).toBe(false);
  });

  it('but not for what was refused', () => {
    const encoder = new FrameEncoder();
    expect(() => encoder.add([transfer(bytes(10)), () => {}])).toThrow();
    expect(encoder.add([1, 'small'])).toBe(false);
  });
});

describe('the options', () => {
  it.each([
    [{ besideFrom: -1 }, 'values.besideFrom'],
    [{ besideFrom: 0.5 }, 'values.besideFrom'],
    [{ besideFrom: '1' }, 'values.besideFrom'],
    [{ maxBytes: 65_535 }, 'values.maxBytes'],
    [{ maxBytes: Number.NaN }, 'values.maxBytes'],
    [{ maxbytes: 1 }, 'values.maxbytes'],
    [5, 'values'],
  ])('are refused when they are %o', (values, field) => {
    const error = thrown(() => new FrameEncoder({ values: values as never }), 'InvalidOption');
    expect(error.details.field).toBe(field);
  });
});
