import { describe, expect, it } from 'vitest';
import {
  checkCount,
  checkFactor,
  checkFunction,
  checkMilliseconds,
  checkNames,
  MAX_TIMEOUT,
} from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

const ODDITIES = [undefined, null, '5', {}, [5], true, 5n, Number.NaN];

describe('checkMilliseconds', () => {
  it.each([0, 0.5, MAX_TIMEOUT])('gives back %s', (value) => {
    expect(checkMilliseconds('wait', value)).toBe(value);
  });

  it.each([...ODDITIES, -1, MAX_TIMEOUT + 1])('refuses %s', (value) => {
    const { message, details } = thrown(() => checkMilliseconds('wait', value), 'InvalidOption');
    expect(message).toContain('wait must be milliseconds from 0 to 2147483647, but got ');
    expect(details.field).toBe('wait');
  });

  it('begins where it is told to', () => {
    expect(checkMilliseconds('wait', 1, 1)).toBe(1);
    const { message } = thrown(() => checkMilliseconds('wait', 0.5, 1), 'InvalidOption');
    expect(message).toBe('wait must be milliseconds from 1 to 2147483647, but got 0.5');
  });
});

describe('checkCount', () => {
  it.each([2, 3, Number.MAX_SAFE_INTEGER])('gives back %s', (value) => {
    expect(checkCount('most', value, 2)).toBe(value);
  });

  it.each([...ODDITIES, 1, 2.5, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %s', (value) => {
    const { message, details } = thrown(() => checkCount('most', value, 2), 'InvalidOption');
    expect(message).toContain('most must be a whole number of 2 or more, but got ');
    expect(details.field).toBe('most');
  });

  it('ends where it is told to', () => {
    expect(checkCount('most', 5, 0, 5)).toBe(5);
    const { message } = thrown(() => checkCount('most', 6, 0, 5), 'InvalidOption');
    expect(message).toBe('most must be a whole number from 0 to 5, but got 6');
  });
});

describe('checkFactor', () => {
  it.each([1, 1.5, Number.MAX_VALUE])('gives back %s', (value) => {
    expect(checkFactor('factor', value)).toBe(value);
  });

  it.each([...ODDITIES, 0.9, -2, Number.POSITIVE_INFINITY])('refuses %s', (value) => {
    const { message } = thrown(() => checkFactor('factor', value), 'InvalidOption');
    expect(message).toContain('factor must be a number of 1 or more, but got ');
  });
});

describe('checkFunction', () => {
  it('takes whatever can be called', () => {
    expect(() => checkFunction('fn', () => {})).not.toThrow();
    expect(() => checkFunction('fn', class {})).not.toThrow();
  });

  it.each(ODDITIES)('refuses %s', (value) => {
    const { message } = thrown(() => checkFunction('fn', value), 'InvalidOption');
    expect(message).toContain('fn must be a function, but got ');
  });
});

describe('checkNames', () => {
  it('takes an object with these names, some of them, or none', () => {
    expect(() => checkNames({ a: 1, b: undefined }, ['a', 'b'])).not.toThrow();
    expect(() => checkNames({}, ['a', 'b'])).not.toThrow();
  });

  it('tells a stray name, the value it has, and the names there are', () => {
    const { message, details } = thrown(
      () => checkNames({ a: 1, c: 5 }, ['a', 'b']),
      'InvalidOption',
    );
    expect(message).toBe('c must be left out: the options are a, b, but got 5');
    expect(details.field).toBe('c');
  });

  it('tells in which field the name is', () => {
    const { message } = thrown(() => checkNames({ c: 5 }, ['a'], 'break'), 'InvalidOption');
    expect(message).toBe('break.c must be left out: the options are a, but got 5');
  });

  it.each([
    [undefined, 'options must be an object, but got 7'],
    ['break', 'break must be an object, but got 7'],
  ])('refuses what is no object, in %s', (at, expected) => {
    expect(thrown(() => checkNames(7, [], at), 'InvalidOption').message).toBe(expected);
  });

  it('refuses an array, also an empty one', () => {
    const { message } = thrown(() => checkNames([], ['a']), 'InvalidOption');
    expect(message).toBe('options must be an object, but got an array of 0');
  });

  it('refuses a name that every object has', () => {
    expect(() => checkNames({ constructor: 1 }, ['a'])).toThrow('constructor must be left out');
  });
});
