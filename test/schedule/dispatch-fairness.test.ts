import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairLevel } from '../../src/schedule/fair-level.ts';
import { Fifo } from '../../src/schedule/fifo.ts';
import { KeyTable } from '../../src/schedule/key-table.ts';
import { item, keyed, keysOf, queueOf, shiftAll, type TestItem } from './queue-items.ts';

describe('fairness by key', () => {
  it('gives keys their turn, whoever has more', () => {
    const queue = queueOf(keyed('aaaaabbc'));
    expect(keysOf(shiftAll(queue))).toBe('abcabaaa');
  });

  it('gives keys turns by their weights', () => {
    const weights: Record<string, number> = { a: 3, b: 1 };
    const keyPolicy = (key: string) => ({ weight: weights[key] as number });
    const queue = queueOf(keyed('aaaaaaaaabbbbbbbbb'), { keyPolicy });
    expect(keysOf(shiftAll(queue)).slice(0, 12).replaceAll('b', '')).toBe('aaaaaaaaa');
  });

  it('has items without a key share one turn', () => {
    const plain = Array.from({ length: 3 }, () => item());
    const queue = queueOf([...plain, ...keyed('aaa')]);
    expect(keysOf(shiftAll(queue))).toBe('-a-a-a');
  });

  it('lets a key that is new go soon, and saves up no turns for one that had nothing', () => {
    const queue = queueOf(keyed('aaaaaaaa'));
    for (let i = 0; i < 4; i++) queue.shift(0);
    for (const each of keyed('bbbb')) queue.push(each);
    expect(keysOf(shiftAll(queue))).toBe('babababa');
  });

  it('is kept for each pair of keys that wait, in any stretch of time', () => {
    const weights = fc.array(fc.constantFrom(0.25, 0.5, 1, 1.7, 2, 5, 30), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 200 }), (list, length) => {
        const names = list.map((_, index) => `key ${index}`);
        const keyPolicy = (key: string) => ({ weight: list[names.indexOf(key)] as number });
        const items = names.flatMap((concurrencyKey) =>
          Array.from({ length }, () => item({ concurrencyKey })),
        );
        const queue = queueOf(items, { keyPolicy });
        const given = Array.from({ length }, () => queue.shift(0)?.concurrencyKey as string);
        const served = list.map((weight, index) => sharesOf(given, names[index], weight));
        for (const [i, mine] of served.entries()) {
          for (const [j, others] of served.entries()) {
            const lead = mine.map((share, at) => share - (others[at] as number));
            const bound = 1 / (list[i] as number) + 1 / (list[j] as number);
            expect(Math.max(...lead) - Math.min(...lead)).toBeLessThanOrEqual(bound + 1e-9);
          }
        }
      }),
    );
  });

  it('does not count what was given back', () => {
    const queue = queueOf(keyed('aaabbb'));
    const [a, b] = [queue.shift(0) as TestItem, queue.shift(0) as TestItem];
    queue.giveBack(b, 0);
    queue.giveBack(a, 0);
    expect(keysOf(shiftAll(queue))).toBe('ababab');
  });

  it('remembers no more keys than have items, and about a thousand, however many come', () => {
    const keys = new KeyTable(undefined);
    const level = new FairLevel<TestItem>(new Fifo(), keys);
    level.begin();
    level.push(item(), undefined, undefined);
    for (let i = 0; i < 20_000; i++) {
      const [next] = keyed('k').map((each) => ({ ...each, concurrencyKey: `key ${i}` }));
      const state = keys.obtain(`key ${i}`);
      level.push(next as TestItem, state, undefined);
      const lane = level.first(0);
      if (lane !== undefined) level.take(lane, 0);
      keys.released(state);
      expect(level.flows).toBeLessThan(1_200 + level.size * 2);
    }
  });
});

/** What a key was given, divided by its weight, after each step. */
function sharesOf(given: readonly string[], key: string | undefined, weight: number): number[] {
  return [0, ...given].map((_, steps) => {
    const own = given.slice(0, steps).filter((each) => each === key);
    return own.length / weight;
  });
}
