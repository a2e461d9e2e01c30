import { describe, expect, it } from 'vitest';
import { retryAfterOf, TroupeError } from '../../src/model/index.ts';

const asking = (retryAfter: unknown) => Object.assign(new Error('later'), { retryAfter });

describe('retryAfterOf', () => {
  it.each([
    ['its own', asking(250), 250],
    ['nothing at all', asking(0), 0],
    ['its details', new TroupeError('Overloaded', 'no', { details: { retryAfter: 9 } }), 9],
    ['its cause', new Error('failed', { cause: asking(7) }), 7],
    ['a cause of its cause', new Error('a', { cause: new Error('b', { cause: asking(3) }) }), 3],
    ['the nearest', Object.assign(asking(1), { cause: asking(2) }), 1],
    ['a plain object', { retryAfter: 5 }, 5],
  ])('is that of %s', (_, error, expected) => {
    expect(retryAfterOf(error)).toBe(expected);
  });

  it.each([
    ['no wish', new Error('no')],
    ['a text', asking('120')],
    ['a negative one', asking(-1)],
    ['one without an end', asking(Number.POSITIVE_INFINITY)],
    ['no number', asking(Number.NaN)],
    ['nothing', undefined],
    ['null', null],
    ['a text of its own', 'retryAfter'],
  ])('is none for %s', (_, error) => {
    expect(retryAfterOf(error)).toBeUndefined();
  });

  it('comes to an end on a circle of causes, and bears accessors that throw', () => {
    const circle = new Error('circle');
    circle.cause = circle;
    expect(retryAfterOf(circle)).toBeUndefined();
    const hostile = {
      get retryAfter(): number {
        throw new Error('mine');
      },
      cause: asking(4),
    };
    expect(retryAfterOf(hostile)).toBe(4);
  });
});
