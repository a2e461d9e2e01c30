import { createSecretKey } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { FrameEncoder } from '../../src/ipc/frame-encoder.ts';
import { decodeFrame, HOST_VALUES, HostKind, transfer } from '../../src/ipc/index.ts';
import { MAX_DEPTH } from '../../src/ipc/value-options.ts';
import { thrown } from '../support/thrown.ts';
import { EACH_WAY, parcelOf, WAYS } from './ways.ts';

function nested(levels: number, core: unknown = 1): unknown {
  let value = core;
  for (let i = 0; i < levels; i++) value = { next: value };
  return value;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const getter = {
  get secret() {
    throw new Error('do not look');
  },
};
const save = () => {};
const symbol = Symbol('s');
/** What cannot travel: what it is, where it is, and the whole of it. */
const UNFIT: [what: string, path: string, make: () => unknown][] = [
  ['a function', 'input', () => save],
  ['a function', 'input', () => class {}],
  ['a function', 'input.users[3].save', () => ({ users: [0, 1, 2, { save }] })],
  ['a function', 'input["odd key"][5]', () => ({ 'odd key': { 5: save } })],
  ['a function', 'input.get("k").save', () => new Map([['k', { save }]])],
  ['a function', 'input.get(7)', () => new Map([[7, save]])],
  ['a function', 'input.values()[0]', () => new Map([[{}, save]])],
  [
    'a function',
    'input.keys()[1]',
    () =>
      new Map<unknown, unknown>([
        [1, 1],
        [save, 2],
      ]),
  ],
  ['a function', 'input.values()[1][0]', () => new Set([1, [save]])],
  ['a function', 'input.total', () => Object.assign([1], { total: save })],
  ['the symbol Symbol(s)', 'input[0]', () => [symbol]],
  ['an instance of Symbol', 'input', () => Object(symbol)],
  ['an instance of Array', 'input', () => Object.create(Array.prototype)],
  ['an instance of Promise', 'input.later', () => ({ later: Promise.resolve() })],
  ['an instance of WeakMap', 'input', () => new WeakMap()],
  ['an instance of WeakSet', 'input', () => new WeakSet()],
  ['an instance of WeakRef', 'input', () => new WeakRef({})],
  ['an instance of Generator', 'input', () => (function* () {})()],
  ['an instance of Array Iterator', 'input', () => [1].values()],
  ['an instance of URL', 'input', () => new URL('http://a/b')],
  ['an instance of AbortSignal', 'input', () => new AbortController().signal],
  ['an instance of NumberFormat', 'input', () => new Intl.NumberFormat()],
  ['an instance of Cancelled', 'input', () => new (class Cancelled extends AbortController {})()],
  ['unreadable', 'input.list[0]', () => ({ list: [revoked()] })],
  ['a Proxy of class Map', 'input', () => new Proxy(new Map(), {})],
  ['unreadable', 'input.secret', () => getter],
  ['unreadable', 'input.a[0].secret', () => ({ a: [getter] })],
];

describe.each(EACH_WAY)('what cannot travel by %s', (_, way) => {
  it.each(UNFIT)('is refused with its path: %s at %s', (what, path, make) => {
    const error = thrown(() => way(make()), 'NotSerializable');
    expect(error.details).toEqual({ path, what });
    expect(error.message).toMatch(/which cannot travel between threads: ./);
    expect(error.message.startsWith(`${path} is ${what}, `)).toBe(true);
  });

  it('is refused wherever it is: beside what has to be carried exactly, too', () => {
    const ring: unknown[] = [-0, '\ud800'];
    ring.push(ring, { save });
    const error = thrown(() => way(ring), 'NotSerializable');
    expect(error.details.path).toBe('input[3].save');
  });
});

describe('a getter that throws', () => {
  it('is the cause of the refusal', () => {
    const error = thrown(() => WAYS.port(getter), 'NotSerializable');
    expect(error.cause).toEqual(new Error('do not look'));
    expect(error.message).toContain('do not look');
  });
});

describe('a value nested', () => {
  it.each(EACH_WAY)('as deep as is allowed travels by %s', (_, way) => {
    for (const core of [1, -0, '\ud800', new Map([[1, '\udc00']])]) {
      const levels = MAX_DEPTH - 1;
      expect(JSON.stringify(way(nested(levels, core)))).toBe(JSON.stringify(nested(levels, core)));
    }
  });

  it.each([
    ['one level deeper', nested(MAX_DEPTH + 1)],
    ['10,000 deep', nested(10_000)],
    ['200,000 deep', nested(200_000)],
    [
      'deep in Maps',
      Array(5_000)
        .fill(0)
        .reduce((inner) => new Map([[inner, 1]]), 1),
    ],
    [
      'deep in arrays with a cycle',
      Array(5_000)
        .fill(0)
        .reduce((inner) => [inner, -0], []),
    ],
  ])('is refused %s', (_, value) => {
    const error = thrown(() => WAYS.port(value), 'NotSerializable');
    expect(error.details.what).toBe(`nested deeper than ${MAX_DEPTH} levels`);
    expect(String(error.details.path).length).toBeLessThan(600);
  });

  it('is named by the two ends of its path', () => {
    const error = thrown(() => WAYS.port({ list: [nested(10_000)] }), 'NotSerializable');
    expect(error.details.path).toMatch(/^input\.list\[0\](\.next){10}…\(984 more\)…(\.next){4}$/);
  });

  it('is refused, if need be, where little is left of the stack', () => {
    const value = nested(MAX_DEPTH - 1, '\ud800');
    let levels = 0;
    const descend = (left: number, act: () => unknown): unknown => {
      levels++;
      return left > 0 ? descend(left - 1, act) : act();
    };
    expect(() => descend(Number.POSITIVE_INFINITY, String)).toThrow(RangeError);
    const room = levels;
    const tryAt = (level: number) => descend(level, () => outcomeOf(() => parcelOf(value)));
    expect(tryAt(0)).toBe('travels');
    for (const share of [0.7, 0.8, 0.9]) {
      expect(['travels', 'NotSerializable']).toContain(tryAt(Math.floor(room * share)));
    }
  });
});

function outcomeOf(act: () => unknown): unknown {
  try {
    act();
    return 'travels';
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
}

describe('what could only be shared or moved', () => {
  const { port1, port2 } = new MessageChannel();
  const shared = new SharedArrayBuffer(8);
  const cases: [string, object][] = [
    ['SharedArrayBuffer', shared],
    ['SharedArrayBuffer', new Uint8Array(shared)],
    ['MessagePort', port1],
    ['Blob', new Blob(['x'])],
    ['KeyObject', createSecretKey(Buffer.alloc(8))],
    ['ReadableStream', transfer(new ReadableStream())],
  ];
  afterAll(() => {
    port1.close();
    port2.close();
  });

  it.each(cases)('cannot travel as bytes: a %s', (name, object) => {
    const error = thrown(() => WAYS.bytes({ list: [object] }), 'NotSerializable');
    expect(error.details.path).toBe('input.list[0]');
    expect(error.message).toContain(`${name}, which cannot travel between processes: `);
  });

  it('cannot travel between threads without its mark', () => {
    const error = thrown(() => WAYS.port({ list: [new ReadableStream()] }), 'NotSerializable');
    expect(error.details).toEqual({
      path: 'input.list[0]',
      what: 'an object that can only move',
    });
    expect(error.message).toContain('transfer()');
  });
});

describe('a refused message', () => {
  it('leaves no trace in its frame', () => {
    const good = [1, { a: { b: [2n, 'x'] } }, new Map([[{ a: 1 }, new Set([1])]])];
    const beside = ['\ud800', new Uint8Array(5_000)];
    for (const [, , make] of UNFIT) {
      const encoder = new FrameEncoder();
      encoder.add(good);
      encoder.add(beside);
      expect(() => encoder.add([{ other: 1, b: { c: 1 } }, beside, make()])).toThrow();
      encoder.add([{ other: 1 }, ...good]);
      expect(encoder.size).toBe(3);
      const { frame, beside: others, moved } = encoder.take() ?? expect.fail('nothing');
      expect(moved).toHaveLength(1);
      const expected = [good, beside, [{ other: 1 }, ...good]];
      expect(decodeFrame({ frame, beside: others })).toStrictEqual(expected);
    }
  });

  it('calls its value by its name in the protocol', () => {
    const encoder = new FrameEncoder({ names: HOST_VALUES });
    const error = thrown(() => encoder.add([HostKind.run, 1, 0, [save], 0]), 'NotSerializable');
    expect(error.details.path).toBe('input[0]');
  });
});
