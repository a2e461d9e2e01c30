import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission } from '../../src/schedule/index.ts';

describe('Admission', () => {
  it('lets in as many as its limit, and another for each that leaves', () => {
    const admission = new Admission(2);
    expect([admission.enter(), admission.enter(), admission.enter()]).toEqual([true, true, false]);
    expect(admission.active).toBe(2);
    admission.leave();
    expect([admission.enter(), admission.enter()]).toEqual([true, false]);
  });

  it('never has more under way than its limit, whoever comes and goes', () => {
    const moves = fc.array(fc.constantFrom<Move>('come', 'go'));
    fc.assert(fc.property(fc.nat(5), moves, expectLimit));
  });
});

type Move = 'come' | 'go';

function expectLimit(limit: number, moves: readonly Move[]): void {
  const admission = new Admission(limit);
  let inside = 0;
  for (const move of moves) {
    const comes = move === 'come' && inside < limit;
    const goes = move === 'go' && inside > 0;
    if (move === 'come') expect(admission.enter()).toBe(comes);
    if (goes) admission.leave();
    inside += Number(comes) - Number(goes);
    expect(admission.active).toBe(inside);
  }
}
