import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PRIORITY, MIN_PRIORITY, priorityLevel } from '../../src/schedule/index.ts';
import { LevelSet } from '../../src/schedule/priority-levels.ts';

describe('priorityLevel', () => {
  it('is a whole priority itself', () => {
    for (let each = MIN_PRIORITY; each <= MAX_PRIORITY; each++) {
      expect(priorityLevel(each) === each).toBe(true);
    }
  });

  it('is the nearest whole number of the range for any other number', () => {
    const from = [0.4, 0.5, -0.5, -0, 1e9, -Infinity, Infinity, Number.NaN];
    expect(from.map(priorityLevel)).toEqual([0, 1, 0, 0, 1_000, -1_000, 1_000, 0]);
  });

  it('never puts a higher priority on a lower level', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(priorityLevel(low)).toBeLessThanOrEqual(priorityLevel(high));
        expect(Number.isInteger(priorityLevel(a))).toBe(true);
      }),
    );
  });
});

describe('LevelSet', () => {
  it('finds what a sorted list would find', () => {
    const index = fc.oneof(fc.nat(2_000), fc.constantFrom(0, 31, 32, 1_023, 1_024, 1_999, 2_000));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom<('add' | 'delete')[]>('add', 'delete'), index)),
        fc.array(index),
        (moves, asked) => {
          const set = new LevelSet();
          const naive = new Set<number>();
          for (const [how, each] of moves) {
            set[how](each);
            naive[how](each);
          }
          const sorted = [...naive].sort((a, b) => a - b);
          expect(set.first()).toBe(sorted[0] ?? -1);
          expect(set.last()).toBe(sorted.at(-1) ?? -1);
          for (const each of asked) {
            expect(set.after(each)).toBe(sorted.find((other) => other > each) ?? -1);
            expect(set.before(each)).toBe(sorted.findLast((other) => other < each) ?? -1);
          }
        },
      ),
    );
  });
});
