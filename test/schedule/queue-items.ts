import {
  DispatchQueue,
  type DispatchQueueOptions,
  type QueueItem,
} from '../../src/schedule/index.ts';

/** An item of a queue under test. */
export interface TestItem extends QueueItem {
  readonly id: number;
}

let made = 0;

export function item(traits: Partial<Omit<TestItem, 'id'>> = {}): TestItem {
  const defaults = {
    priority: 0,
    since: 0,
    taskId: 'task',
    concurrencyKey: undefined,
    isQueued: false,
  };
  return { ...defaults, ...traits, id: made++ };
}

/** Items of one key each, by its name: `keyed('aab')`. */
export function keyed(keys: string, traits: Partial<Omit<TestItem, 'id'>> = {}): TestItem[] {
  return [...keys].map((concurrencyKey) => item({ concurrencyKey, ...traits }));
}

/** A queue that strictly keeps to priorities, unless the options say otherwise. */
export function queueOf(items: readonly TestItem[], options?: DispatchQueueOptions) {
  const queue = new DispatchQueue<TestItem>({ aging: 0, ...options });
  for (const each of items) queue.push(each);
  return queue;
}

/** All that a queue gives at one time, in order. */
export function shiftAll(queue: DispatchQueue<TestItem>, now = 0): TestItem[] {
  const given: TestItem[] = [];
  for (let next = queue.shift(now); next !== undefined; next = queue.shift(now)) given.push(next);
  return given;
}

/** The keys of items, in one text. */
export const keysOf = (items: readonly TestItem[]) =>
  items.map(({ concurrencyKey }) => concurrencyKey ?? '-').join('');
