import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DispatchQueue } from '../../src/schedule/index.ts';
import { type Limits, NaiveDispatchQueue } from './naive-dispatch-queue.ts';
import { item, type TestItem } from './queue-items.ts';

interface Model {
  readonly naive: NaiveDispatchQueue;
  readonly given: { readonly item: TestItem; readonly at: number }[];
  now: number;
}

type Queue = DispatchQueue<TestItem>;
type Command = fc.Command<Model, Queue>;

/** The same as a rate of the queue and as spacing and burst of the model. */
const rateOf = ([spacing, burst]: readonly [number, number]) => ({
  limit: 1,
  interval: spacing,
  burst,
});

function queueOf({ aging, weights, concurrency, keyRates, taskRates }: Limits): Queue {
  return new DispatchQueue({
    aging,
    keyPolicy: (key) => ({
      ...(key in weights && { weight: weights[key] as number }),
      ...(key in concurrency && { concurrency: concurrency[key] as number }),
      ...(keyRates[key] && { rate: rateOf(keyRates[key]) }),
    }),
    taskRate: (taskId) => taskRates[taskId] && rateOf(taskRates[taskId]),
  });
}

function expectSame({ naive, now }: Model, queue: Queue): void {
  const next = naive.next(now);
  expect(queue.size).toBe(naive.waiting.length);
  expect(queue.peek(now)?.id).toBe(next?.id);
  const soon = queue.nextAt(now);
  if (next !== undefined) expect(soon).toBe(now);
  else expect(soon).toBeGreaterThan(now);
  const ids = naive.newestFirst().map(({ id }) => id);
  expect(Array.from(queue.newestFirst(), ({ id }) => id)).toEqual(ids);
  expect([...queue].map(({ id }) => id).sort()).toEqual(ids.sort());
  const oldest = Math.min(now, ...naive.waiting.map(({ item: { since } }) => since));
  expect(queue.longestWait(now)).toBe(now - oldest);
}

const command = (name: string, run: (model: Model, queue: Queue) => void): Command => ({
  check: () => true,
  run(model, queue) {
    run(model, queue);
    expectSame(model, queue);
  },
  toString: () => name,
});

type Traits = Pick<TestItem, 'priority' | 'taskId' | 'concurrencyKey'>;

const push = (traits: Traits, count: number) =>
  command(`push ${count} of ${JSON.stringify(traits)}`, ({ naive, now }, queue) => {
    for (let i = 0; i < count; i++) {
      const pushed = item({ ...traits, since: now });
      naive.push(pushed);
      queue.push(pushed);
    }
  });

const shift = (count: number) =>
  command(`shift ${count}`, ({ naive, given, now }, queue) => {
    for (let i = 0; i < count; i++) {
      const next = naive.next(now);
      expect(queue.shift(now)?.id).toBe(next?.id);
      if (next === undefined) return;
      naive.take(next, now);
      given.push({ item: next, at: now });
    }
  });

const wait = (milliseconds: number) =>
  command(`wait ${milliseconds}`, (model) => {
    model.now += milliseconds;
  });

/** Until the queue says that there is something to do. */
const waitForNext = command('wait for the next', (model, queue) => {
  const at = queue.nextAt(model.now);
  if (at !== Number.POSITIVE_INFINITY) model.now = at;
});

const end = (which: number) =>
  command(`end the ${which}th`, ({ naive, given }, queue) => {
    const [ended] = given.splice(which % Math.max(given.length, 1), 1);
    if (ended?.item.concurrencyKey === undefined) return;
    naive.release(ended.item.concurrencyKey);
    queue.release(ended.item.concurrencyKey);
  });

const giveBack = (which: number) =>
  command(`give back the ${which}th`, ({ naive, given }, queue) => {
    const [back] = given.splice(which % Math.max(given.length, 1), 1);
    if (back === undefined) return;
    naive.giveBack(back.item, back.at);
    queue.giveBack(back.item, back.at);
  });

const remove = (which: number) =>
  command(`remove the ${which}th`, ({ naive }, queue) => {
    const removed = naive.waiting[which % Math.max(naive.waiting.length, 1)]?.item;
    if (removed === undefined) return;
    naive.remove(removed);
    expect(queue.remove(removed)).toBe(true);
  });

const which = fc.nat(40);
const few = fc.integer({ min: 1, max: 5 });

function commandsOf(traits: fc.Arbitrary<Traits>) {
  return fc.commands<Model, Queue>(
    [
      fc.tuple(traits, few).map(([each, count]) => push(each, count)),
      fc.tuple(traits, few).map(([each, count]) => push(each, count)),
      few.map(shift),
      few.map(shift),
      fc.constantFrom(1, 3, 10, 50).map(wait),
      fc.constant(waitForNext),
      which.map(end),
      which.map(giveBack),
      which.map(remove),
    ],
    { maxCommands: 80, size: 'max' },
  );
}

const NO_LIMITS: Limits = {
  aging: 0,
  weights: {},
  concurrency: {},
  keyRates: {},
  taskRates: {},
};

const LIMITS: Limits = {
  aging: 0,
  weights: { a: 2, b: 3, c: 0.5 },
  concurrency: { b: 1, d: 2 },
  keyRates: { c: [10, 2], d: [5, 1] },
  taskRates: { slow: [20, 1], quick: [3, 4] },
};

const priority = fc.constantFrom(-1_000, -1, 0, 1, 5, 1_000);

describe('DispatchQueue', () => {
  const plain = fc.record({
    priority,
    taskId: fc.constant('task'),
    concurrencyKey: fc.constant(undefined),
  });
  const limited = fc.record({
    priority: fc.constantFrom(0, 0, 0, 1),
    taskId: fc.constantFrom('task', 'task', 'slow', 'quick'),
    concurrencyKey: fc.constantFrom(undefined, 'a', 'b', 'c', 'd', 'e'),
  });

  for (const [name, limits, traits] of [
    ['priorities', NO_LIMITS, plain],
    ['priorities that grow', { ...NO_LIMITS, aging: 7 }, plain],
    ['keys, weights, limits and rates', LIMITS, limited],
    ['keys, weights, limits, rates and priorities that grow', { ...LIMITS, aging: 7 }, limited],
  ] as const) {
    it(`does what a list would do that is looked through: ${name}`, () => {
      const commands = commandsOf(traits);
      fc.assert(
        fc.property(commands, (list) => {
          fc.modelRun(
            () => ({
              model: { naive: new NaiveDispatchQueue(limits), given: [], now: 0 },
              real: queueOf(limits),
            }),
            list,
          );
        }),
        { numRuns: 150 },
      );
    });
  }
});
