import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CostEstimate,
  hasCredit,
  LONG,
  MAX_IN_FLIGHT,
  WORK_BUDGET,
} from '../../src/schedule/index.ts';

const milliseconds = fc.double({ min: 0, max: 10_000, noNaN: true });

describe('CostEstimate', () => {
  it('takes a task that was never seen for a long one', () => {
    expect(new CostEstimate().milliseconds).toBe(LONG);
  });

  it('begins with what is measured first', () => {
    const estimate = new CostEstimate();
    estimate.observe(0.25);
    expect(estimate.milliseconds).toBe(0.25);
  });

  it('follows what is measured: fast upwards, slowly downwards', () => {
    const estimate = new CostEstimate();
    estimate.observe(10);
    estimate.observe(20);
    expect(estimate.milliseconds).toBe(15);
    estimate.observe(5);
    expect(estimate.milliseconds).toBe(14);
  });

  it('stays between the least and the most that was measured', () => {
    fc.assert(
      fc.property(fc.array(milliseconds, { minLength: 1 }), (seen) => {
        const estimate = new CostEstimate();
        for (const elapsed of seen) {
          const before = estimate.milliseconds;
          estimate.observe(elapsed);
          const moved = Math.sign(estimate.milliseconds - before);
          if (elapsed !== seen[0]) expect([0, Math.sign(elapsed - before)]).toContain(moved);
        }
        const slack = 1e-9;
        expect(estimate.milliseconds).toBeGreaterThanOrEqual(Math.min(...seen) - slack);
        expect(estimate.milliseconds).toBeLessThanOrEqual(Math.max(...seen) + slack);
      }),
    );
  });

  it('comes to what is measured again and again', () => {
    const estimate = new CostEstimate();
    estimate.observe(100);
    for (let i = 0; i < 200; i++) estimate.observe(2);
    expect(estimate.milliseconds).toBeCloseTo(2);
  });
});

const sum = (costs: readonly number[]) => costs.reduce((total, cost) => total + cost, 0);

describe('hasCredit', () => {
  it('is true for a worker that could start a task at once, whatever the task costs', () => {
    expect(hasCredit(0, 0, Number.MAX_VALUE, 1)).toBe(true);
    expect(hasCredit(7, 5_000, Number.MAX_VALUE, 8)).toBe(true);
  });

  it('ends at the most jobs that a worker may hold, however small they are', () => {
    expect(hasCredit(MAX_IN_FLIGHT - 1, 0, 0, 1)).toBe(true);
    expect(hasCredit(MAX_IN_FLIGHT, 0, 0, 1)).toBe(false);
  });

  it('is true for a single task beyond the budget that takes about as long as what runs', () => {
    expect(hasCredit(1, 5, 5, 1)).toBe(true);
    expect(hasCredit(2, 10, 5, 1)).toBe(false);
    expect(hasCredit(4, 9, 5, 4)).toBe(true);
    expect(hasCredit(5, 9, 5, 4)).toBe(false);
  });

  it('is false for a task that would wait more than twice as long as it takes', () => {
    expect(hasCredit(1, 9, 4.5, 1)).toBe(true);
    expect(hasCredit(1, 9, 4.4, 1)).toBe(false);
    expect(hasCredit(1, WORK_BUDGET, 0.001, 1)).toBe(false);
  });

  it('is false for a long task, and for any behind one', () => {
    expect(hasCredit(1, 0.1, LONG, 1)).toBe(false);
    expect(hasCredit(1, LONG, 9, 1)).toBe(false);
  });

  it('never lets a worker hold much beyond what it can run', () => {
    const costs = fc.array(fc.double({ min: 0, max: 12, noNaN: true }));
    fc.assert(
      fc.property(costs, fc.integer({ min: 1, max: 4 }), (offered, concurrency) => {
        const held = heldOf(offered, concurrency);
        expect(held.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
        const [last = 0] = held.slice(-1);
        const isWithinBudget = sum(held) <= WORK_BUDGET;
        const isOneAhead = held.length === concurrency + 1 && sum(held) - last <= 2 * last;
        expect(held.length <= concurrency || isWithinBudget || isOneAhead).toBe(true);
        expect(held.slice(0, concurrency)).toEqual(offered.slice(0, concurrency));
      }),
    );
  });
});

/** What a worker holds that is offered one task after the other. */
function heldOf(offered: readonly number[], concurrency: number): readonly number[] {
  const held: number[] = [];
  for (const cost of offered) {
    if (hasCredit(held.length, sum(held), cost, concurrency)) held.push(cost);
  }
  return held;
}
