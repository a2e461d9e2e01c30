import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycle, topologicalOrder } from '../../src/model/index.ts';
import { acyclic, anyGraph, anyGraphWithLoops, type Needs } from '../support/arbitrary-graph.ts';

const MANY = 100_000;
const cyclicOrNot = fc.oneof(anyGraph, anyGraphWithLoops);

/** Everything that a step needs, directly or by others; itself, if it is in a cycle. */
function closureOf(steps: Needs, start: string, seen = new Set<string>()): Set<string> {
  for (const need of steps[start]?.needs ?? []) {
    if (seen.has(need)) continue;
    seen.add(need);
    closureOf(steps, need, seen);
  }
  return seen;
}

function inCycle(steps: Needs, step: string): boolean {
  return closureOf(steps, step).has(step);
}

/** Many steps, each with what `needs` says of its number. */
function many(needs: (step: number) => readonly number[]): Needs {
  const entries = Array.from(
    { length: MANY },
    (_, i) => [`s${i}`, { needs: needs(i).map((n) => `s${n}`) }] as const,
  );
  return Object.fromEntries(entries);
}

describe('topologicalOrder', () => {
  it('puts each step after what it needs, and each once', () => {
    fc.assert(
      fc.property(acyclic, (steps) => {
        const order = topologicalOrder(steps);
        expect([...order].sort()).toEqual(Object.keys(steps).sort());
        for (const [name, { needs }] of Object.entries(steps)) {
          for (const need of needs) {
            expect(order.indexOf(need)).toBeLessThan(order.indexOf(name));
          }
        }
      }),
    );
  });

  it('leaves out the steps in and behind a cycle, and no others', () => {
    fc.assert(
      fc.property(cyclicOrNot, (steps) => {
        const names = Object.keys(steps);
        const free = names.filter(
          (name) =>
            !inCycle(steps, name) &&
            ![...closureOf(steps, name)].some((need) => inCycle(steps, need)),
        );
        expect([...topologicalOrder(steps)].sort()).toEqual(free.sort());
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the order in which steps were written where needs leave it open', () => {
    expect(topologicalOrder({ c: {}, a: { needs: [] }, b: {} })).toEqual(['c', 'a', 'b']);
    expect(topologicalOrder({ d: { needs: ['a'] }, a: {}, b: { needs: ['a'] } })).toEqual([
      'a',
      'd',
      'b',
    ]);
  });

  it('of no steps is empty', () => {
    expect(topologicalOrder({})).toEqual([]);
  });

  it.each<[string, (step: number) => readonly number[]]>([
    ['in a chain', (i) => (i === 0 ? [] : [i - 1])],
    ['in a chain written backwards', (i) => (i === MANY - 1 ? [] : [i + 1])],
    ['behind one', (i) => (i === 0 ? [] : [0])],
    ['side by side', () => []],
    ['before one', (i) => (i === 0 ? Array.from({ length: MANY - 1 }, (_, n) => n + 1) : [])],
  ])('orders 100,000 steps %s', (_, needs) => {
    expect(topologicalOrder(many(needs))).toHaveLength(MANY);
  });

  it('looks at each step a fixed number of times, however many there are', () => {
    let looks = 0;
    const size = 1_000;
    const entries = Array.from({ length: size }, (_, i) => {
      const step = {
        get needs() {
          looks++;
          return i === 0 ? [] : [`s${i - 1}`];
        },
      };
      return [`s${i}`, step] as const;
    });
    topologicalOrder(Object.fromEntries(entries));
    expect(looks).toBeLessThanOrEqual(3 * size);
  });
});

describe('findCycle', () => {
  it('finds a cycle exactly where there is one', () => {
    fc.assert(
      fc.property(cyclicOrNot, (steps) => {
        const expected = Object.keys(steps).some((name) => inCycle(steps, name));
        expect(findCycle(steps) !== undefined).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('gives one that is real: each of its steps needs the next, and it closes', () => {
    fc.assert(
      fc.property(cyclicOrNot, (steps) => {
        const cycle = findCycle(steps);
        fc.pre(cycle !== undefined);
        expect(cycle.length).toBeGreaterThanOrEqual(2);
        expect(cycle.at(-1)).toBe(cycle[0]);
        expect(new Set(cycle).size).toBe(cycle.length - 1);
        for (const [i, name] of cycle.slice(0, -1).entries()) {
          expect(steps[name]?.needs).toContain(cycle[i + 1]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('finds none where there is none', () => {
    fc.assert(
      fc.property(acyclic, (steps) => {
        expect(findCycle(steps)).toBeUndefined();
      }),
    );
  });

  it('tells the cycle from what leads to it', () => {
    const steps = {
      free: {},
      behind: { needs: ['c', 'free'] },
      a: { needs: ['b'] },
      b: { needs: ['c'] },
      c: { needs: ['a'] },
    };
    expect(findCycle(steps)).toEqual(['c', 'a', 'b', 'c']);
  });

  it('finds one of 100,000 steps', () => {
    const cycle = findCycle(many((i) => [(i + 1) % MANY]));
    expect(cycle).toHaveLength(MANY + 1);
  });
});
