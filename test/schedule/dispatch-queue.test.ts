import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DispatchQueue, type DispatchQueueOptions } from '../../src/schedule/index.ts';
import { thrown } from '../support/thrown.ts';
import { item, keyed, keysOf, queueOf, shiftAll, type TestItem } from './queue-items.ts';

describe('the order of a dispatch queue', () => {
  it('is by priority, and by arrival within one', () => {
    const items = [0, 5, 0, -5, 5].map((priority) => item({ priority }));
    const [a, b, c, d, e] = items;
    const queue = queueOf(items);
    expect(queue.size).toBe(5);
    expect(queue.peek(0)).toBe(b);
    expect(shiftAll(queue)).toEqual([b, e, a, c, d]);
    expect([queue.size, queue.peek(0), queue.shift(0)]).toEqual([0, undefined, undefined]);
  });

  it('puts fractions on the nearest level, and what is out of range on the last', () => {
    const items = [0, 0.4, 0.6, 1, 1e6, 1_000].map((priority) => item({ priority }));
    const [zero, less, more, one, beyond, most] = items;
    expect(shiftAll(queueOf(items))).toEqual([beyond, most, more, one, zero, less]);
  });

  it('gives an item that comes back its place, whichever comes back first', () => {
    const items = [1, 2, 2, 3].map((since) => item({ since }));
    const queue = queueOf(items);
    const [a, b, c, d] = shiftAll(queue) as [TestItem, TestItem, TestItem, TestItem];
    for (const back of [c, a, d, b]) queue.giveBack(back, 3);
    expect(shiftAll(queue)).toEqual([a, b, c, d]);
  });

  it('is one by priority after keys have come and gone', () => {
    const queue = queueOf(keyed('ab'));
    shiftAll(queue);
    const items = [1, 2].map((priority) => item({ priority }));
    for (const each of items) queue.push(each);
    expect(shiftAll(queue)).toEqual(items.reverse());
  });
});

describe('aging', () => {
  it('lets an item go before those that came so much later that it makes up for their priority', () => {
    const queue = queueOf([item({ priority: 0, since: 0 })], { aging: 100 });
    const [early, late] = [item({ priority: 3, since: 299 }), item({ priority: 3, since: 301 })];
    queue.push(early);
    queue.push(late);
    expect(shiftAll(queue).map(({ since }) => since)).toEqual([299, 0, 301]);
  });

  it('prefers the higher priority where both are equally urgent', () => {
    const [low, high] = [item({ priority: 0, since: 0 }), item({ priority: 2, since: 200 })];
    expect(shiftAll(queueOf([low, high], { aging: 100 }))).toEqual([high, low]);
  });

  it('is on unless it is turned off: a second makes up for a step', () => {
    const items = [item({ priority: 0, since: 0 }), item({ priority: 1, since: 1_001 })];
    const queue = new DispatchQueue<TestItem>();
    for (const each of items) queue.push(each);
    expect(shiftAll(queue)).toEqual(items);
    expect(shiftAll(queueOf(items))).toEqual(items.reverse());
  });

  it('lets nothing starve, however much comes that is more important', () => {
    const cases = fc.record({
      aging: fc.integer({ min: 1, max: 20 }),
      low: fc.integer({ min: -30, max: 0 }),
      high: fc.integer({ min: 1, max: 30 }),
      key: fc.constantFrom(undefined, 'k'),
    });
    fc.assert(
      fc.property(cases, ({ aging, low, high, key }) => {
        const starving = item({ priority: low });
        const queue = queueOf([starving], { aging });
        const bound = (high - low) * aging;
        let now = 0;
        // Two come for each that goes.
        for (let next: TestItem | undefined; next !== starving; next = queue.shift(now)) {
          for (let i = 0; i < 2; i++) {
            queue.push(item({ priority: high, since: now, concurrencyKey: key }));
          }
          now++;
          expect(now).toBeLessThanOrEqual(2 * bound + 3);
        }
      }),
    );
  });
});

describe('what waits in a dispatch queue', () => {
  it('can be taken out, wherever it is', () => {
    const items = [...keyed('aab'), item(), item({ priority: 5 })];
    const queue = queueOf(items);
    for (const each of [items[1], items[4], items[2]]) queue.remove(each as TestItem);
    expect(queue.size).toBe(2);
    expect(shiftAll(queue)).toEqual([items[0], items[3]]);
  });

  it('is there once, however often it is pushed, and taken out once', () => {
    const [a, b, c] = [item(), item(), item()];
    const queue = queueOf([a, b, c, b]);
    expect([queue.size, queue.remove(b), queue.remove(b), queue.size]).toEqual([3, true, false, 2]);
    queue.push(b);
    queue.giveBack(b, 0);
    expect(shiftAll(queue)).toEqual([a, c, b]);
    expect([queue.remove(a), queue.remove(item()), queue.size]).toEqual([false, false, 0]);
  });

  it('can be cleared, also of what may not go, and what is under way still counts', () => {
    const items = keyed('aab');
    const queue = queueOf([...items, item({ priority: 3 })], {
      keyPolicy: () => ({ concurrency: 1 }),
    });
    queue.shift(0);
    queue.shift(0);
    expect(keysOf(queue.clear())).toBe('ab');
    expect([queue.size, queue.peek(0), [...queue], queue.longestWait(0)]).toEqual([
      0,
      undefined,
      [],
      0,
    ]);
    for (const each of keyed('a')) queue.push(each);
    expect(queue.shift(0)).toBe(undefined);
    queue.release('a');
    expect(queue.shift(0)?.concurrencyKey).toBe('a');
  });

  it('tells how long the oldest has waited, also one that may not go', () => {
    const queue = queueOf(keyed('a', { since: 10 }), { keyPolicy: () => ({ concurrency: 1 }) });
    queue.shift(10);
    for (const each of keyed('a', { since: 20 })) queue.push(each);
    queue.push(item({ priority: 9, since: 30 }));
    expect(queue.longestWait(100)).toBe(80);
  });
});

describe('a policy that is none', () => {
  const refused = (options: DispatchQueueOptions, each: TestItem) => {
    const queue = queueOf([], options);
    const error = caught(() => queue.push(each));
    expect([queue.size, queue.peek(0), queue.keys]).toEqual([0, undefined, 0]);
    return error;
  };

  it('is refused with the field, and the item is not taken in', () => {
    const [key] = keyed('a') as [TestItem];
    const weight = refused({ keyPolicy: () => ({ weight: 0 }) }, key);
    expect(weight).toMatchObject({ code: 'InvalidOption', details: { field: 'keyPolicy.weight' } });
    const concurrency = refused({ keyPolicy: () => ({ concurrency: 0.5 }) }, key);
    expect(concurrency).toMatchObject({ details: { field: 'keyPolicy.concurrency' } });
    const rate = refused({ taskRate: () => ({ limit: 0 }) }, item());
    expect(rate).toMatchObject({ details: { field: 'taskRate.limit' } });
    const broken = new Error('broken');
    const keyPolicy = () => {
      throw broken;
    };
    expect(refused({ keyPolicy }, key)).toBe(broken);
  });

  it('is refused at once where it can be seen', () => {
    for (const [field, options] of [
      ['aging', { aging: -1 }],
      ['keyPolicy', { keyPolicy: {} }],
      ['taskRate', { taskRate: 5 }],
      ['ageing', { ageing: 5 }],
    ] as const) {
      const make = () => new DispatchQueue(options as DispatchQueueOptions);
      expect(thrown(make, 'InvalidOption').details).toMatchObject({ field });
    }
  });
});

function caught(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
