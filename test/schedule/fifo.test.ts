import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../src/schedule/fifo.ts';

interface Entry {
  readonly since: number;
  readonly name: string;
}

const entry = (since: number, name = String(since)): Entry => ({ since, name });

function fifoOf(...items: readonly Entry[]): Fifo<Entry> {
  const fifo = new Fifo<Entry>();
  for (const item of items) fifo.push(item);
  return fifo;
}

interface Both {
  naive: Entry[];
  readonly given: Entry[];
  readonly removed: Entry[];
  now: number;
}

const moves = fc.array(
  fc.record({
    move: fc.constantFrom('push', 'push', 'shift', 'remove', 'remove', 'giveBack', 'pushAgain'),
    count: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }) },
      // Enough for a long array to become short again.
      { weight: 1, arbitrary: fc.integer({ min: 500, max: 1_500 }) },
    ),
    which: fc.nat(2_000),
  }),
  { maxLength: 60 },
);

type Move = 'push' | 'shift' | 'remove' | 'giveBack' | 'pushAgain';

const MOVES: Record<Move, (both: Both, fifo: Fifo<Entry>, which: number) => void> = {
  push(both, fifo, which) {
    both.now += which % 3;
    const pushed = entry(both.now);
    both.naive.push(pushed);
    fifo.push(pushed);
  },
  shift(both, fifo) {
    const [first] = both.naive.splice(0, 1);
    expect(fifo.shift()).toBe(first);
    if (first !== undefined) both.given.push(first);
  },
  remove(both, fifo, which) {
    const [removed] = both.naive.splice(which % Math.max(both.naive.length, 1), 1);
    if (removed === undefined) return;
    fifo.remove(removed);
    both.removed.push(removed);
  },
  giveBack(both, fifo, which) {
    const [back] = both.given.splice(which % Math.max(both.given.length, 1), 1);
    if (back === undefined) return;
    fifo.giveBack(back);
    const behind = both.naive.findIndex(({ since }) => since >= back.since);
    both.naive.splice(behind < 0 ? both.naive.length : behind, 0, back);
  },
  pushAgain(both, fifo) {
    const again = both.removed.pop();
    if (again === undefined || again.since < both.now) return;
    both.naive.push(again);
    fifo.push(again);
  },
};

describe('Fifo', () => {
  it('does what an array would do', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const both: Both = { naive: [], given: [], removed: [], now: 0 };
        const fifo = new Fifo<Entry>();
        for (const { move, count, which } of list) {
          for (let i = 0; i < count; i++) MOVES[move](both, fifo, which);
          expect(fifo.size).toBe(both.naive.length);
          expect(fifo.peek()).toBe(both.naive[0]);
          expect(fifo.slots).toBeLessThanOrEqual(2 * fifo.size);
        }
        expect([...fifo]).toEqual(both.naive);
        const backwards = Array.from(fifo.newestFirst(), ({ item }) => item);
        expect(backwards).toEqual(both.naive.reverse());
      }),
    );
  });

  it('keeps its order when it is never empty, however many pass through', () => {
    const fifo = fifoOf(entry(0));
    for (let i = 1; i <= 50_000; i++) {
      fifo.push(entry(i));
      expect(fifo.shift()?.since).toBe(i - 1);
    }
    expect(fifo.size).toBe(1);
  });

  it('gives an item that was taken out and came again its new place only', () => {
    const [a, b, c] = [entry(1, 'a'), entry(1, 'b'), entry(1, 'c')];
    const fifo = fifoOf(a, b, c);
    fifo.remove(b);
    fifo.push(b);
    expect([...fifo]).toEqual([a, c, b]);
  });

  it('tells the order of what came before and after it was numbered, and of what came back', () => {
    const first = entry(1, 'a');
    const fifo = fifoOf(first, entry(1, 'b'));
    const lowest = fifo.number();
    fifo.push(entry(1, 'c'), 0);
    fifo.push(entry(1, 'd'), 1);
    const read = () => Array.from(fifo.newestFirst(), ({ item, order }) => [item.name, order]);
    expect(read()).toEqual([
      ['d', 1],
      ['c', 0],
      ['b', -1],
      ['a', -2],
    ]);
    expect(fifo.firstOrder).toBe(lowest);
    fifo.shift();
    fifo.giveBack(first, lowest - 1);
    expect(fifo.firstOrder).toBe(lowest - 1);
    expect(read().at(-1)).toEqual(['a', lowest - 1]);
  });

  it('is empty after it was cleared, and goes on as a new one', () => {
    const items = [entry(1), entry(2), entry(3)];
    const fifo = fifoOf(...items);
    fifo.remove(items[1] as Entry);
    fifo.clear();
    expect([fifo.size, fifo.peek(), fifo.shift()]).toEqual([0, undefined, undefined]);
    fifo.push(entry(5));
    expect(fifo.shift()?.since).toBe(5);
  });
});
