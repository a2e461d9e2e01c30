import { describe, expect, it } from 'vitest';
import { check, numbers, orders, type Work } from '../../bench/harness/work.ts';
import { increment, revise } from '../../bench/tasks/pool.ts';

const works: [string, Work, (input: never) => unknown][] = [
  ['numbers', numbers, increment],
  ['orders', orders, revise],
];

describe.each(works)('%s', (_, work, task) => {
  it('are counted on by their task, and nothing else is a right result', () => {
    check(work, 7, task(work.input(7) as never));
    expect(() => check(work, 7, work.input(7))).toThrow('wrong result: expected 8 for 7, got 7');
  });
});

describe('an order', () => {
  it('is about 300 bytes, and shares no part with another', () => {
    const [one, two] = [orders.input(1), orders.input(2)] as Record<string, unknown>[];
    expect(JSON.stringify(one).length).toBeGreaterThan(280);
    expect(JSON.stringify(one).length).toBeLessThan(320);
    for (const part of ['customer', 'lines', 'tags']) expect(one?.[part]).not.toBe(two?.[part]);
  });
});
