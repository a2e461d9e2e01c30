import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CostEstimate, hasCredit, MAX_IN_FLIGHT, WORK_BUDGET } from '../../src/schedule/index.ts';

const milliseconds = fc.double({ min: 0, max: 10_000, noNaN: true });

describe('CostEstimate', () => {
  it('takes a task that was never seen for one that fills the budget', () => {
    expect(new CostEstimate().milliseconds).toBe(WORK_BUDGET);
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
  it('is true for a worker that has nothing to do, whatever the task costs', () => {
    expect(hasCredit(0, 0, Number.MAX_VALUE)).toBe(true);
  });

  it('is false for a second task that takes longer than the budget', () => {
    expect(hasCredit(1, 0.1, WORK_BUDGET)).toBe(false);
    expect(hasCredit(1, WORK_BUDGET, 0)).toBe(true);
  });

  it('ends at the most jobs that a worker may hold, however small they are', () => {
    expect(hasCredit(MAX_IN_FLIGHT - 1, 0, 0)).toBe(true);
    expect(hasCredit(MAX_IN_FLIGHT, 0, 0)).toBe(false);
  });

  it('never lets a worker hold more than the budget, but for one task that is larger', () => {
    const costs = fc.array(fc.double({ min: 0, max: 6, noNaN: true }));
    fc.assert(
      fc.property(costs, (offered) => {
        const held = heldOf(offered);
        expect(held.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
        expect(held.slice(0, 1)).toEqual(offered.slice(0, 1));
        expect(held.length <= 1 || sum(held) <= WORK_BUDGET).toBe(true);
      }),
    );
  });
});

/** What a worker holds that is offered one task after the other. */
function heldOf(offered: readonly number[]): readonly number[] {
  const held: number[] = [];
  for (const cost of offered) {
    if (hasCredit(held.length, sum(held), cost)) held.push(cost);
  }
  return held;
}
