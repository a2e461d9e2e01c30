import { open } from 'node:fs/promises';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { transfer } from '../../src/ipc/index.ts';
import { thrown } from '../support/thrown.ts';
import { parcelOf, throughPort, WAYS } from './ways.ts';

const bytes = (length: number, value = 7) => new Uint8Array(length).fill(value);

/** What is left of it here. */
const sizeOf = (...views: readonly { readonly byteLength: number }[]) =>
  views.map(({ byteLength }) => byteLength);

describe('transfer', () => {
  it('gives back what it is given', () => {
    for (const value of [bytes(3), { a: 1 }, 'text', 5, undefined, null]) {
      expect(transfer(value)).toBe(value);
    }
  });

  it.each([5, 'all', {}, [5], [null], ['a']])('refuses %o as a list', (list) => {
    const error = thrown(() => transfer(bytes(3), list as never), 'InvalidOption');
    expect(error.details.field).toBe('list');
  });

  it('is one for all copies of troupe in a thread', async () => {
    const url = new URL('../../src/ipc/transfer.ts?another', import.meta.url).href;
    const other = (await import(/* @vite-ignore */ url)) as { transfer: typeof transfer };
    expect(other.transfer).not.toBe(transfer);
    const mine = bytes(10);
    WAYS.port(other.transfer(mine));
    expect(sizeOf(mine)).toEqual([0]);
  });
});

describe('a marked value', () => {
  it.each([1, 100, 1_023, 1_024, 100_000])('of %i bytes moves: it is gone here', (length) => {
    const view = bytes(length);
    const array = transfer(new Float32Array(length));
    const buffer = transfer(bytes(length).buffer);
    const back = WAYS.port([transfer(view), array, buffer]);
    expect(sizeOf(view, array, buffer)).toEqual([0, 0, 0]);
    expect(back).toEqual([bytes(length), new Float32Array(length), bytes(length).buffer]);
  });

  it('moves with all that it holds, wherever that is', () => {
    const parts = Array.from({ length: 6 }, () => bytes(20));
    const [a, b, c, d, e, f] = parts as [Uint8Array, ...Uint8Array[]];
    const value = transfer({
      list: [a, { b }],
      map: new Map<unknown, unknown>([
        ['c', c],
        [d, 1],
      ]),
      set: new Set([e]),
      error: Object.assign(new Error('no'), { f }),
      blob: new Blob(['x']),
    });
    const back = WAYS.port({ name: 'job', value });
    expect(sizeOf(...parts)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(back.value.list).toEqual([bytes(20), { b: bytes(20) }]);
    expect(back.value.map.get('c')).toEqual(bytes(20));
    expect(back.value.error).toMatchObject({ message: 'no', f: bytes(20) });
  });

  it('leaves what is beside it', () => {
    const here = bytes(50);
    const there = bytes(50);
    const back = WAYS.port({ here, nested: [transfer({ there })] });
    expect(sizeOf(here, there)).toEqual([50, 0]);
    expect(back).toEqual({ here: bytes(50), nested: [{ there: bytes(50) }] });
  });

  it.each([
    ['before it', (part: object) => [part, transfer({ part })]],
    ['after it', (part: object) => [transfer({ part }), part]],
    ['within something before it', (part: object) => [{ part }, transfer([part])]],
    ['within what it shares', (part: object) => shared({ part })],
  ])('takes with it what is also %s', (_, make) => {
    const part = bytes(2_000);
    const value = make(part);
    const back = WAYS.port(value);
    expect(sizeOf(part)).toEqual([0]);
    expect(JSON.stringify(back)).toBe(JSON.stringify(make(bytes(2_000))));
  });

  const shared = (inner: object) => [inner, transfer({ inner })];

  it('moves only what is listed', () => {
    const [a, b, c] = [bytes(20), bytes(20), bytes(20)] as const;
    const unlisted = bytes(20);
    const value = { a, b: b.buffer, c, unlisted };
    const back = WAYS.port([c, transfer(value, [a, b.buffer, c.buffer])]);
    expect(sizeOf(a, b, c, unlisted)).toEqual([0, 0, 0, 20]);
    expect(back).toEqual([
      bytes(20),
      { a: bytes(20), b: bytes(20).buffer, c: bytes(20), unlisted: bytes(20) },
    ]);
  });

  it('moves nothing when nothing is listed', () => {
    const view = bytes(5_000);
    expect(WAYS.port(transfer({ view }, []))).toEqual({ view: bytes(5_000) });
    expect(sizeOf(view)).toEqual([5_000]);
  });

  it('keeps the memory that several views share', () => {
    const whole = bytes(100);
    const [head, tail] = [whole.subarray(0, 10), new DataView(whole.buffer, 90)];
    const back = WAYS.port(transfer({ head, tail }));
    expect(sizeOf(whole, head)).toEqual([0, 0]);
    expect(back.head.buffer).toBe(back.tail.buffer);
    expect([back.head.byteLength, back.tail.byteOffset]).toEqual([10, 90]);
  });

  it('leaves the memory that Node shares out among small Buffers', () => {
    const mine = Buffer.from('mine');
    const others = Buffer.from('others');
    expect(WAYS.port(transfer({ mine })).mine).toEqual(new Uint8Array(Buffer.from('mine')));
    expect([mine.toString(), others.toString()]).toEqual(['mine', 'others']);
  });

  it('is not counted: what moves is not copied', () => {
    const view = bytes(100_000);
    const values = { maxBytes: 65_536 };
    thrown(() => WAYS.port({ view }, values), 'PayloadTooLarge');
    expect(WAYS.port(transfer({ view }), values).view).toEqual(bytes(100_000));
  });

  it('cannot be sent twice, and says why', () => {
    const input = { pixels: transfer(bytes(10)), empty: new Uint8Array(0) };
    WAYS.port(input);
    const { message, details } = thrown(() => WAYS.port(input), 'NotSerializable');
    expect(details.path).toBe('input.pixels');
    expect(message).toContain('moved');
    const again = { list: [input.pixels.buffer] };
    expect(thrown(() => WAYS.port(again), 'NotSerializable').details.path).toBe('input.list[0]');
  });

  it('is copied where there are bytes only', () => {
    const view = bytes(3_000);
    expect(WAYS.bytes(transfer({ view }))).toEqual({ view: bytes(3_000) });
    expect(sizeOf(view)).toEqual([3_000]);
  });
});

describe('what is given away', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  function channel() {
    const { port1, port2 } = new MessageChannel();
    ends.push(() => port1.close());
    return { port1, port2 };
  }

  it('is a port, marked or not', () => {
    for (const mark of [transfer, <T>(it: T) => it]) {
      const { port1, port2 } = channel();
      const back = WAYS.port(mark({ ports: [port2] }));
      port1.postMessage('hello');
      expect(receiveMessageOnPort(back.ports[0] as typeof port2)?.message).toBe('hello');
    }
  });

  it('is kept when the message is refused', () => {
    const { port1, port2 } = channel();
    const view = bytes(10);
    const value = [port2, transfer(view), () => {}];
    thrown(() => WAYS.port(value), 'NotSerializable');
    expect(sizeOf(view)).toEqual([10]);
    port1.postMessage('still here');
    expect(receiveMessageOnPort(port2)?.message).toBe('still here');
  });

  it('is kept when the part of an error that holds it is left out', () => {
    const { port1, port2 } = channel();
    const error = Object.assign(new Error('no'), { parts: [port2, () => {}] });
    expect(WAYS.port(error)).toMatchObject({ notCarried: ['parts[1]: a function'] });
    port1.postMessage('still here');
    expect(receiveMessageOnPort(port2)?.message).toBe('still here');
  });

  it('makes its frame leave at once', () => {
    expect(parcelOf(transfer(bytes(10))).moved).toHaveLength(1);
  });

  it('is a stream or file handle, when it is marked', async () => {
    const handle = await open(new URL(import.meta.url));
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue('chunk');
        controller.close();
      },
    });
    const back = WAYS.port(transfer({ handle, stream }));
    ends.push(() => void back.handle.close());
    expect(await back.handle.readFile('utf8')).toContain('is a stream or file handle');
    const chunks: unknown[] = [];
    for await (const chunk of back.stream) chunks.push(chunk);
    expect(chunks).toEqual(['chunk']);
  });
});

describe('a value that is not marked', () => {
  it('stays here', () => {
    const large = bytes(5_000);
    const back = throughPort(parcelOf({ large }));
    expect(back).toMatchObject({ beside: [[0, 1, { large: bytes(5_000) }, []]] });
    expect(sizeOf(large)).toEqual([5_000]);
  });

  it('takes nothing with it of the memory around it', () => {
    const pool = bytes(1_000_000);
    const large = pool.subarray(10, 5_010);
    const small = pool.subarray(0, 10);
    const { beside, moved } = parcelOf({ large, small });
    expect(moved.map((buffer) => (buffer as ArrayBuffer).byteLength)).toEqual([5_000]);
    const { value } = { value: beside[0]?.[2] as { large: Uint8Array; small: Uint8Array } };
    expect(value.small.buffer.byteLength).toBe(10);
    expect(value.large.buffer).not.toBe(pool.buffer);
  });
});
