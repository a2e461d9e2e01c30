import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify, withoutStacks } from '../../src/http/json.ts';

const shown = (value: unknown) => JSON.parse(stringify(value));

describe('stringify', () => {
  test('is JSON.stringify for what JSON can carry', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringify(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('always gives JSON', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    fc.assert(fc.property(anything, (value) => void shown(value)));
  });

  test.each([
    ['undefined', undefined, null],
    ['a function', () => {}, null],
    ['a symbol', Symbol('x'), null],
    ['a BigInt', -3n, '-3'],
    ['not a number', Number.NaN, null],
    ['a map of any keys', new Map<unknown, unknown>([[{ a: 1 }, 2n]]), [[{ a: 1 }, '2']]],
    ['a set', new Set([1, 1n]), [1, '1']],
    ['a buffer', Buffer.from('hi'), 'aGk='],
    ['part of a buffer', Buffer.from('hi there').subarray(0, 2), 'aGk='],
    ['an ArrayBuffer', new Uint8Array([104, 105]).buffer, 'aGk='],
    ['a view', new DataView(new Uint8Array([104, 105]).buffer), 'aGk='],
    ['big integers', new BigInt64Array([1n, -1n]), ['1', '-1']],
    ['an invalid date', new Date(Number.NaN), null],
    ['what renders itself', new URL('http://localhost/'), 'http://localhost/'],
    ['holes', Object.assign([1], { 2: 3 }), [1, null, 3]],
    ['undefined within', { a: undefined, b: [undefined] }, { b: [null] }],
    ['a key that is a trap', JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
  ])('renders %s', (_, value, expected) => {
    expect(shown(value)).toEqual(expected);
  });

  test('renders an error without its stack, with its code and causes', () => {
    const error = Object.assign(new RangeError('outer', { cause: new Error('inner') }), {
      code: 'E_X',
    });
    expect(shown({ error })).toEqual({
      error: {
        name: 'RangeError',
        message: 'outer',
        code: 'E_X',
        cause: { name: 'Error', message: 'inner' },
      },
    });
  });

  test('tells a cycle from the same object twice', () => {
    const twice = { a: 1 };
    const cycle: unknown[] = [twice, twice];
    cycle.push(cycle);
    expect(shown(cycle)).toEqual([{ a: 1 }, { a: 1 }, '[circular]']);
    const map = new Map();
    map.set('self', map);
    expect(shown(map)).toEqual([['self', '[circular]']]);
    const self = { toJSON: () => self };
    expect(shown(self)).toBe('[circular]');
  });

  test('cuts off what is nested too deep, however deep', () => {
    let value: unknown = 0;
    for (let level = 0; level < 100_000; level++) value = { value };
    expect(stringify(value)).toContain('[too deep]');
  });
});

test('withoutStacks drops the stack of every cause', () => {
  const record = {
    name: 'A',
    message: 'a',
    stack: 'at a',
    cause: { name: 'B', message: 'b', code: 'E_B', stack: 'at b' },
  };
  expect(withoutStacks(record)).toEqual({
    name: 'A',
    message: 'a',
    cause: { name: 'B', message: 'b', code: 'E_B' },
  });
});
