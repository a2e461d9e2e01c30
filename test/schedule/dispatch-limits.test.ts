import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DispatchQueue } from '../../src/schedule/index.ts';
import { item, keyed, keysOf, queueOf, shiftAll, type TestItem } from './queue-items.ts';

describe('limits by key', () => {
  it('pass over a key that has as many under way as it may, until one of them ends', () => {
    const keyPolicy = (key: string) => (key === 'a' ? { concurrency: 2 } : undefined);
    const queue = queueOf(keyed('aaaab'), { keyPolicy });
    expect(keysOf(shiftAll(queue))).toBe('aba');
    expect([queue.size, queue.peek(0), queue.nextAt(0)]).toEqual([2, undefined, Infinity]);
    queue.release('a');
    expect(keysOf(shiftAll(queue))).toBe('a');
    queue.release('b');
    expect(queue.peek(0)).toBe(undefined);
  });

  it('hold for all priorities together', () => {
    const keyPolicy = () => ({ concurrency: 1 });
    const items = [item({ priority: 1, concurrencyKey: 'a' }), ...keyed('ab')];
    expect(shiftAll(queueOf(items, { keyPolicy }))).toEqual([items[0], items[2]]);
  });

  it('are never exceeded, and all items are given out once', () => {
    const limits = fc.record({ a: fc.integer({ min: 1, max: 3 }), b: fc.constant(1) });
    const moves = fc.array(fc.nat(7), { maxLength: 200 });
    fc.assert(
      fc.property(limits, moves, (limit, list) => {
        const items = keyed('abababbbaaaa');
        const stage = new Stage(
          queueOf(items, { keyPolicy: (key) => ({ concurrency: limit[key as 'a' | 'b'] }) }),
        );
        for (const move of list) {
          stage.play(move);
          expect(stage.running('a')).toBeLessThanOrEqual(limit.a);
          expect(stage.running('b')).toBeLessThanOrEqual(limit.b);
          expect(stage.ids).toEqual(items.map(({ id }) => id));
        }
      }),
    );
  });

  it('are asked for when the first item of a key comes, and again once it was forgotten', () => {
    const asked: string[] = [];
    const keyPolicy = (key: string) => {
      asked.push(key);
      return undefined;
    };
    const queue = queueOf(keyed('aab'), { keyPolicy });
    expect([asked.join(''), queue.keys]).toEqual(['ab', 2]);
    shiftAll(queue);
    for (const key of 'aab') queue.release(key);
    expect(queue.keys).toBe(0);
    queue.push(item({ concurrencyKey: 'a' }));
    expect(asked.join('')).toBe('aba');
  });

  it('forget a key whose only item was taken out', () => {
    const only = item({ concurrencyKey: 'a' });
    const queue = queueOf([only]);
    expect([queue.remove(only), queue.size, queue.keys]).toEqual([true, 0, 0]);
    queue.release('a');
    expect(queue.keys).toBe(0);
  });
});

/** A queue, and what became of what it gave. */
class Stage {
  readonly #queue: DispatchQueue<TestItem>;
  readonly #running: TestItem[] = [];
  readonly #ended: TestItem[] = [];

  constructor(queue: DispatchQueue<TestItem>) {
    this.#queue = queue;
  }

  /** Takes the next, or lets one that runs end or come back. */
  play(move: number): void {
    const given = move < 4 ? this.#queue.shift(0) : undefined;
    if (given !== undefined) this.#running.push(given);
    const [gone] = given === undefined ? this.#running.splice(move % 3, 1) : [];
    if (gone === undefined) return;
    if (move === 7) {
      this.#queue.giveBack(gone, 0);
      return;
    }
    this.#ended.push(gone);
    this.#queue.release(gone.concurrencyKey as string);
  }

  running(key: string): number {
    return this.#running.filter(({ concurrencyKey }) => concurrencyKey === key).length;
  }

  get ids(): number[] {
    const all = [...this.#queue, ...this.#running, ...this.#ended];
    return all.map(({ id }) => id).sort((a, b) => a - b);
  }
}

describe('rates', () => {
  it('of a task pass over its items until their time, which the queue tells', () => {
    const taskRate = (taskId: string) =>
      taskId === 'slow' ? { limit: 10, interval: 1_000, burst: 2 } : undefined;
    const slow = Array.from({ length: 4 }, () => item({ taskId: 'slow' }));
    const other = item({ taskId: 'other' });
    const queue = queueOf([...slow, other], { taskRate });
    expect(shiftAll(queue)).toEqual([slow[0], slow[1], other]);
    expect([queue.nextAt(0), queue.nextAt(30)]).toEqual([100, 100]);
    expect(queue.shift(99)).toBe(undefined);
    expect(queue.shift(100)).toBe(slow[2]);
    expect(queue.nextAt(100)).toBe(200);
    expect(shiftAll(queue, 250)).toEqual([slow[3]]);
    expect(queue.nextAt(250)).toBe(Infinity);
  });

  it('of a key hold for all its tasks together, and for nobody else', () => {
    const keyPolicy = (key: string) => (key === 'a' ? { rate: { limit: 1 } } : undefined);
    const queue = queueOf(keyed('aabb'), { keyPolicy });
    expect(keysOf(shiftAll(queue))).toBe('abb');
    expect(queue.nextAt(0)).toBe(1_000);
    expect(queue.shift(1_000)?.concurrencyKey).toBe('a');
  });

  it('of a key go on while nothing of it waits', () => {
    const keyPolicy = () => ({ rate: { limit: 1 } });
    const queue = queueOf(keyed('a'), { keyPolicy });
    queue.shift(0);
    queue.release('a');
    for (const each of keyed('a', { since: 10 })) queue.push(each);
    expect([queue.peek(999), queue.nextAt(999)]).toEqual([undefined, 1_000]);
    expect(queue.shift(1_000)?.concurrencyKey).toBe('a');
    queue.release('a');
    expect(queue.keys).toBe(1);
    for (const each of keyed('b', { since: 2_000 })) queue.push(each);
    queue.peek(2_000);
    expect(queue.keys).toBe(1);
  });

  it('hold nothing back for an item that came back, unless its place was used since', () => {
    const taskRate = () => ({ limit: 1, interval: 100 });
    const queue = queueOf([item(), item()], { taskRate });
    const first = queue.shift(0) as TestItem;
    queue.giveBack(first, 0);
    expect(queue.shift(10)).toBe(first);
    expect(queue.nextAt(10)).toBe(110);
    queue.shift(110);
    queue.giveBack(first, 10);
    expect(queue.nextAt(110)).toBe(210);
  });

  it('are never exceeded, and what they hold back goes when the queue said', () => {
    const gaps = fc.array(fc.nat(40), { minLength: 1, maxLength: 60 });
    const rate = fc.record({
      limit: fc.integer({ min: 1, max: 5 }),
      interval: fc.integer({ min: 5, max: 100 }),
      burst: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(gaps, rate, rate, (list, ofTask, ofKey) => {
        const queue = queueOf([], {
          taskRate: () => ofTask,
          keyPolicy: () => ({ rate: ofKey }),
        });
        const given = givenOver(queue, list);
        expect(given.length).toBe(3 * list.length);
        expectRate(given, ofTask);
        for (const name of 'abc') {
          const ofName = given.filter(({ key }) => key === name);
          expectRate(ofName, ofKey);
        }
      }),
    );
  });
});

interface Given {
  readonly key: string | undefined;
  readonly at: number;
}

/** What a queue gives to which time, when three items come after each gap. */
function givenOver(queue: DispatchQueue<TestItem>, gaps: readonly number[]): Given[] {
  const given: Given[] = [];
  let now = 0;
  const take = () => {
    for (const { concurrencyKey: key } of shiftAll(queue, now)) given.push({ key, at: now });
  };
  for (const gap of gaps) {
    for (const each of keyed('abc', { since: now })) queue.push(each);
    take();
    now += gap;
  }
  while (queue.size > 0) {
    const at = queue.nextAt(now);
    const isLater = at === now || (at > now && at < Number.POSITIVE_INFINITY);
    if (!isLater) expect.fail(`${queue.size} items wait for ${at} at ${now}`);
    now = at;
    take();
  }
  return given;
}

interface Rate {
  readonly limit: number;
  readonly interval: number;
  readonly burst: number;
}

/** In any stretch of time no more than a burst and what the stretch refills. */
function expectRate(given: readonly Given[], { limit, interval, burst }: Rate): void {
  const times = given.map(({ at }) => at);
  for (const [first, from] of times.entries()) {
    for (const [count, to] of times.slice(first).entries()) {
      const most = burst + ((to - from) * limit) / interval;
      if (count + 1 > most + 0.01) expect.fail(`${count + 1} from ${from} to ${to}`);
    }
  }
}
