import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadyQueue } from '../../src/schedule/index.ts';

/** The queue as one would explain it: a sorted list. */
class NaiveQueue {
  readonly items: { readonly priority: number; readonly item: number }[] = [];

  push(priority: number, item: number): void {
    const behind = this.items.findIndex((other) => other.priority < priority);
    this.items.splice(behind < 0 ? this.items.length : behind, 0, { priority, item });
  }

  unshift(priority: number, item: number): void {
    const behind = this.items.findIndex((other) => other.priority <= priority);
    this.items.splice(behind < 0 ? this.items.length : behind, 0, { priority, item });
  }

  shift(): number | undefined {
    return this.items.shift()?.item;
  }

  peek(): number | undefined {
    return this.items[0]?.item;
  }
}

interface Both {
  readonly naive: NaiveQueue;
  next: number;
}

type Command = fc.Command<Both, ReadyQueue<number>>;

function expectSame({ naive }: Both, queue: ReadyQueue<number>): void {
  expect(queue.size).toBe(naive.items.length);
  expect(queue.peek()).toBe(naive.peek());
}

function add(how: 'push' | 'unshift', priority: number, count: number): Command {
  return {
    check: () => true,
    run(both, queue) {
      for (let i = 0; i < count; i++) {
        const item = both.next++;
        both.naive[how](priority, item);
        queue[how](priority, item);
      }
      expectSame(both, queue);
    },
    toString: () => `${how} ${count} of ${priority}`,
  };
}

function take(count: number): Command {
  return {
    check: () => true,
    run(both, queue) {
      for (let i = 0; i < count; i++) expect(queue.shift()).toBe(both.naive.shift());
      expectSame(both, queue);
    },
    toString: () => `shift ${count}`,
  };
}

const few = fc.integer({ min: 1, max: 4 });
/** Enough to make a queue cut off its dead front, which it does from 1,024 on. */
const many = fc.integer({ min: 500, max: 1_500 });
const count = fc.oneof({ weight: 4, arbitrary: few }, { weight: 1, arbitrary: many });
const priority = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(-1_000, 0.5, -0, 1_000));

describe('ReadyQueue', () => {
  it('does what a sorted list would do', () => {
    const commands = fc.commands<Both, ReadyQueue<number>>(
      [
        fc.tuple(priority, count).map(([p, n]) => add('push', p, n)),
        fc.tuple(priority, few).map(([p, n]) => add('unshift', p, n)),
        count.map(take),
      ],
      { maxCommands: 40 },
    );
    fc.assert(
      fc.property(commands, (list) => {
        fc.modelRun(
          () => ({ model: { naive: new NaiveQueue(), next: 0 }, real: new ReadyQueue<number>() }),
          list,
        );
      }),
      { numRuns: 100 },
    );
  });

  it('gives the highest priority first, and one priority in order of arrival', () => {
    const queue = new ReadyQueue<string>();
    queue.push(0, 'a');
    queue.push(5, 'b');
    queue.push(0, 'c');
    queue.push(-5, 'd');
    queue.push(5, 'e');
    expect(queue.size).toBe(5);
    expect(Array.from({ length: 5 }, () => queue.shift())).toEqual(['b', 'e', 'a', 'c', 'd']);
  });

  it('gives an item back its place', () => {
    const queue = new ReadyQueue<string>();
    queue.push(0, 'a');
    queue.push(0, 'b');
    const first = queue.shift() as string;
    queue.unshift(0, first);
    expect(queue.peek()).toBe('a');
    queue.unshift(0, 'before');
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual(['before', 'a', 'b']);
  });

  it('finds the first that is wanted in each priority, and leaves it there', () => {
    const queue = new ReadyQueue<string>();
    for (const item of ['a', 'B', 'C']) queue.push(0, item);
    for (const item of ['d', 'e']) queue.push(5, item);
    queue.push(7, 'F');
    expect(queue.firstOfEach((item) => item === item.toUpperCase()).sort()).toEqual(['B', 'F']);
    expect(queue.size).toBe(6);
    expect(queue.shift()).toBe('F');
    expect(queue.firstOfEach(() => true).sort()).toEqual(['a', 'd']);
    expect(new ReadyQueue<string>().firstOfEach(() => true)).toEqual([]);
  });

  it('is empty before anything comes and after all has gone', () => {
    const queue = new ReadyQueue<string>();
    expect([queue.size, queue.peek(), queue.shift()]).toEqual([0, undefined, undefined]);
    queue.push(0, 'a');
    queue.shift();
    expect([queue.size, queue.peek(), queue.shift()]).toEqual([0, undefined, undefined]);
  });

  it('keeps its order when it is never empty, however many pass through', () => {
    const queue = new ReadyQueue<number>();
    queue.push(0, 0);
    for (let i = 1; i <= 100_000; i++) {
      queue.push(0, i);
      expect(queue.shift()).toBe(i - 1);
    }
    expect(queue.size).toBe(1);
  });
});
