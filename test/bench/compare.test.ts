import { describe, expect, it } from 'vitest';
import { best, ratio } from '../../bench/harness/compare.ts';

describe('ratio', () => {
  it('is above 1 for more, where higher is better', () => {
    expect(ratio(200, 100, true)).toBe(2);
    expect(ratio(50, 100, true)).toBe(0.5);
  });

  it('is above 1 for less, where lower is better', () => {
    expect(ratio(50, 100, false)).toBe(2);
    expect(ratio(200, 100, false)).toBe(0.5);
  });
});

describe('best', () => {
  const entries = [{ median: 5 }, { median: 20 }, { median: 1 }];

  it('is the highest median where higher is better', () => {
    expect(best(entries, true)).toBe(entries[1]);
  });

  it('is the lowest median where lower is better', () => {
    expect(best(entries, false)).toBe(entries[2]);
  });

  it('is the first of equals, and undefined of none', () => {
    const equals = [{ median: 1 }, { median: 1 }];
    expect(best(equals, true)).toBe(equals[0]);
    expect(best([], true)).toBeUndefined();
  });
});
