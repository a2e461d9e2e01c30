import { describe, expect, it } from 'vitest';
import {
  checkRetry,
  constant,
  decorrelatedJitter,
  exponential,
  linear,
  NO_RETRY,
  type Retry,
  type RetryOptions,
  retryBudget,
} from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

const kinds: [string, (options?: RetryOptions) => ReturnType<typeof constant>][] = [
  ['constant', constant],
  ['linear', linear],
  ['exponential', exponential],
  ['decorrelatedJitter', decorrelatedJitter],
];

describe('NO_RETRY', () => {
  it('is one try', () => {
    expect(NO_RETRY.attempts).toBe(1);
    expect(NO_RETRY.delay(1, 0.5)).toBe(0);
  });
});

describe.each(kinds)('%s', (_, make) => {
  it('takes a predicate, the time that all tries may take, and a budget', () => {
    const options = { attempts: 7, retryIf: () => true, maxElapsed: 900, budget: retryBudget() };
    expect(make(options)).toMatchObject(options);
    expect(Object.keys(make())).toEqual(['attempts', 'delay']);
  });

  it.each([
    [{ attempts: 0 }, 'attempts must be a whole number of 1 or more, but got 0'],
    [{ atempts: 3 } as never, 'atempts must be left out: the options are attempts, retryIf,'],
    [null as never, 'options must be an object, but got null'],
    [{ retryIf: 'never' as never }, 'retryIf must be a function, but got "never"'],
    [{ maxElapsed: -1 }, 'maxElapsed must be milliseconds from 0 to'],
    [{ maxElapsed: Number.POSITIVE_INFINITY }, 'maxElapsed must be milliseconds from 0 to'],
    [{ budget: 5 as never }, 'budget must be made by retryBudget(), but got 5'],
    [{ budget: null as never }, 'budget must be made by retryBudget(), but got null'],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => make(options), 'InvalidOption').message).toContain(message);
  });
});

describe('checkRetry', () => {
  it.each([
    ...kinds.map(([name, make]): [string, Retry] => [name, make()]),
    ['one of my own', { attempts: 2, delay: () => 1, retryIf: () => false, maxElapsed: 5 }],
  ])('takes %s', (_, retry) => {
    expect(() => checkRetry('retry', retry)).not.toThrow();
  });

  it.each([3, null, undefined, {}, { attempts: 3 }, { attempts: 3, delay: 100 }])(
    'refuses %o',
    (value) => {
      const { message, details } = thrown(() => checkRetry('retry', value), 'InvalidOption');
      expect(message).toMatch(/^retry must be a retry such as exponential\(\) or constant\(\)/);
      expect(details.field).toBe('retry');
    },
  );

  it.each([
    ['attempts', 0],
    ['retryIf', 1],
    ['maxElapsed', Number.NaN],
    ['budget', {}],
  ])('names the field %s when it is wrong', (field, value) => {
    const retry = { attempts: 1, delay: () => 1, [field]: value };
    const { details } = thrown(() => checkRetry('step a: retry', retry), 'InvalidOption');
    expect(details.field).toBe(`step a: retry.${field}`);
  });
});
