import { describe, expect, it } from 'vitest';
import { median, quantile, roundSignificant, summarize } from '../../bench/harness/statistics.ts';

describe('median', () => {
  it('is the middle one of an odd number of samples, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the two middle ones of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('sorts by value, not by text', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  it('is not moved by one disturbed sample', () => {
    expect(median([100, 101, 102, 103, 1])).toBe(101);
  });
});

describe('quantile', () => {
  it('gives minimum and maximum at the ends', () => {
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(quantile([3, 1, 2], 1)).toBe(3);
  });

  it('interpolates between neighbours', () => {
    expect(quantile([0, 10, 20, 30], 0.25)).toBe(7.5);
  });

  it('of one sample is that sample', () => {
    expect(quantile([7], 0.9)).toBe(7);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses q = %s', (q) => {
    expect(() => quantile([1], q)).toThrow('expected q from 0 to 1');
  });

  it('refuses to make something of nothing', () => {
    expect(() => quantile([], 0.5)).toThrow('expected at least one sample');
  });
});

describe('summarize', () => {
  it('keeps the samples in the order of play and leaves its input alone', () => {
    const samples = [3, 1, 2];
    expect(summarize(samples)).toEqual({ median: 2, min: 1, max: 3, samples: [3, 1, 2] });
    expect(samples).toEqual([3, 1, 2]);
  });
});

describe('roundSignificant', () => {
  it('keeps six digits of large and small values alike', () => {
    expect(roundSignificant(1_234_567.891)).toBe(1_234_570);
    expect(roundSignificant(0.001_234_567_8)).toBe(0.001_234_57);
  });
});
