import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOf } from '../../src/cache/output-copy.ts';
import {
  type NewResult,
  type ResultFilter,
  type ResultName,
  ResultStore,
  resultName,
} from '../../src/cache/result-store.ts';
import { NaiveStore } from './naive-store.ts';

const MANY = 1_000_000;

function storeOf(limits: { entries?: number; bytes?: number } = {}) {
  const time = { at: 0 };
  const clock = { now: () => time.at };
  const evicted: string[] = [];
  const { entries = MANY, bytes = MANY } = limits;
  const store = new ResultStore({ entries: Math.min(entries, 1_000), bytes }, clock, (task) =>
    evicted.push(task),
  );
  const put = (key: string, rest: Partial<NewResult> & { task?: string } = {}) => {
    const { task = 't', ...others } = rest;
    const defaults = { output: copyOf(key), ttl: MANY, tags: [], maxEntries: MANY };
    store.set({ name: resultName(task, '', '', key), ...defaults, ...others });
  };
  const look = (key: string, task = 't') => store.get(resultName(task, '', '', key), MANY)?.value();
  return { store, time, evicted, put, look };
}

describe('a store of results', () => {
  it('keeps as many as it may, and lets go of the least recently used', () => {
    const { store, evicted, put, look } = storeOf({ entries: 2 });
    for (const key of ['a', 'b']) put(key);
    look('a');
    put('c');
    expect([look('a'), look('b'), look('c')]).toEqual(['a', undefined, 'c']);
    expect(evicted).toEqual(['t']);
    expect(store.size).toBe(2);
  });

  it('keeps as many bytes as it may, and nothing that is larger than all of them', () => {
    const { store, put, look } = storeOf({ bytes: 10_000 });
    const kilobytes = (count: number) => ({ output: copyOf(new Uint8Array(count * 1_000)) });
    put('a', kilobytes(4));
    put('b', kilobytes(4));
    expect(store.bytes).toBeGreaterThan(8_000);
    expect(store.bytes).toBeLessThan(10_000);
    put('c', kilobytes(4));
    expect([look('a'), look('b'), look('c')]).toEqual([
      undefined,
      expect.anything(),
      expect.anything(),
    ]);
    put('b', kilobytes(11));
    expect([store.size, look('b')]).toEqual([1, undefined]);
    expect(store.delete({ task: 't' })).toBe(1);
    expect(store.bytes).toBe(0);
  });

  it('tells names apart whose parts only look the same when they are put together', () => {
    const { store } = storeOf();
    const parts = { output: copyOf(1), ttl: MANY, tags: [], maxEntries: MANY };
    store.set({ name: resultName('t', '', '1:a', 'b'), ...parts });
    for (const [task, owner, version, key] of [
      ['t', '', '1:', 'ab'],
      ['t', '1:a', '', 'b'],
      ['t1', '', ':a', 'b'],
      ['t', '', '', '1:ab'],
    ] as const) {
      expect(store.get(resultName(task, owner, version, key), MANY)).toBeUndefined();
    }
  });

  it('can be asked to forget while it holds results of many tasks, keys and tags', () => {
    const { store, put } = storeOf();
    put('a', { task: 't', tags: ['x', 'y'] });
    put('a', { task: 'u', tags: ['x'] });
    put('b', { task: 'u', tags: ['x', 'x'] });
    expect(store.delete({ task: 'u', key: 'a', tag: 'y' })).toBe(0);
    expect(store.delete({ key: 'a', tag: 'y' })).toBe(1);
    expect(store.delete({ tag: 'x' })).toBe(2);
    expect(store.delete({})).toBe(0);
  });
});

const task = fc.constantFrom('t', 'u');
const key = fc.constantFrom('a', 'b', 'c');
const tag = fc.constantFrom('x', 'y');
const name = fc
  .tuple(task, fc.constantFrom('', 'e1', 'e2'), fc.constantFrom('', '1'), key)
  .map((parts) => resultName(...parts));
const ttl = fc.constantFrom(1, 5, 20, Number.POSITIVE_INFINITY);

type Step =
  | { readonly act: 'set'; readonly result: Omit<NewResult, 'output'> }
  | { readonly act: 'get'; readonly name: ResultName; readonly ttl: number }
  | { readonly act: 'pass'; readonly time: number }
  | { readonly act: 'delete'; readonly filter: ResultFilter }
  | { readonly act: 'deleteOwn'; readonly execution: string };

const limit = fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY);
const result = fc.record({ name, ttl, tags: fc.array(tag, { maxLength: 2 }), maxEntries: limit });
const act = <A extends Step['act']>(value: A) => fc.constant(value);
const filter = fc.record({ task, key, tag }, { requiredKeys: [] });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ act: act('set'), result }) },
  { weight: 5, arbitrary: fc.record({ act: act('get'), name, ttl }) },
  { weight: 2, arbitrary: fc.record({ act: act('pass'), time: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.record({ act: act('delete'), filter }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: act('deleteOwn'), execution: fc.constantFrom('e1', 'e2') }),
  },
);

/** A store and a naive one, which are done the same to. */
class Twins {
  readonly #own;
  readonly #naive: NaiveStore;
  #outputs = 0;

  constructor(entries: number) {
    this.#own = storeOf({ entries });
    this.#naive = new NaiveStore(entries);
  }

  apply(step: Step): void {
    const naive = this.#naive;
    const { store, time } = this.#own;
    switch (step.act) {
      case 'set':
        this.#outputs++;
        store.set({ ...step.result, output: copyOf(this.#outputs) });
        naive.set(step.result, this.#outputs);
        break;
      case 'get':
        expect(store.get(step.name, step.ttl)?.value()).toBe(naive.get(step.name, step.ttl));
        break;
      case 'pass':
        time.at += step.time;
        naive.now += step.time;
        break;
      case 'delete':
        expect(store.delete(step.filter)).toBe(naive.delete(step.filter));
        break;
      case 'deleteOwn':
        store.deleteOwn(step.execution);
        naive.deleteOwn(step.execution);
        break;
      default:
        step satisfies never;
    }
  }

  expectSame(): void {
    const { store, evicted } = this.#own;
    expect(store.size).toBe(this.#naive.size);
    expect([store.sizeOf('t'), store.sizeOf('u')]).toEqual(this.#naive.sizes('t', 'u'));
    expect(evicted).toEqual(this.#naive.evicted);
  }
}

describe('a store of results, whatever is done to it', () => {
  it('holds what a naive one holds, and pushes out the same', () => {
    const steps = fc.array(step, { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (all, entries) => {
        const twins = new Twins(entries);
        for (const each of all) {
          twins.apply(each);
          twins.expectSame();
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
