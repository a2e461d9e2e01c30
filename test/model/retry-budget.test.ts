import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RetryBudget, retryBudget } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

const thousandths = (max: number) => fc.integer({ min: 1, max }).map((n) => n / 1_000);
const sizes = fc.record({ tokens: thousandths(50_000), tokenRatio: thousandths(3_000) });
const outcomes = fc.array(fc.boolean(), { maxLength: 200 });

function play(budget: RetryBudget, successes: readonly boolean[]): RetryBudget {
  for (const success of successes) {
    if (success) budget.succeeded();
    else budget.failed();
  }
  return budget;
}

describe('retryBudget', () => {
  it('is full at first, loses a token for a failure, and gains a part of one for a success', () => {
    const budget = retryBudget({ tokens: 4, tokenRatio: 0.5 });
    expect(budget.tokens).toBe(4);
    budget.failed();
    expect(budget.tokens).toBe(3);
    budget.succeeded();
    expect(budget.tokens).toBe(3.5);
  });

  it('is exhausted while it is no more than half full', () => {
    const budget = retryBudget({ tokens: 4, tokenRatio: 0.25 });
    budget.failed();
    expect(budget.exhausted).toBe(false);
    budget.failed();
    expect([budget.tokens, budget.exhausted]).toEqual([2, true]);
    budget.succeeded();
    expect([budget.tokens, budget.exhausted]).toEqual([2.25, false]);
  });

  it('has ten tokens and takes ten successes for a failure, unless it is said', () => {
    const budget = retryBudget();
    expect(budget.tokens).toBe(10);
    play(budget, [false, ...Array<boolean>(9).fill(true)]);
    expect(budget.tokens).toBe(9.9);
    budget.succeeded();
    expect(budget.tokens).toBe(10);
  });

  it('is never less than empty nor more than full', () => {
    fc.assert(
      fc.property(sizes, outcomes, (size, successes) => {
        const { tokens, exhausted } = play(retryBudget(size), successes);
        expect(tokens).toBeGreaterThanOrEqual(0);
        expect(tokens).toBeLessThanOrEqual(size.tokens);
        expect(exhausted).toBe(tokens <= size.tokens / 2);
      }),
    );
  });

  it('counts exactly: between its bounds it is a sum, in whatever order', () => {
    fc.assert(
      fc.property(outcomes, (successes) => {
        const failures = successes.filter((success) => !success).length;
        const gained = successes.length - failures;
        // Too big to be emptied, and drained enough not to overflow.
        const budget = play(retryBudget({ tokens: 1_000, tokenRatio: 0.1 }), [
          ...Array<boolean>(200).fill(false),
          ...successes,
        ]);
        expect(Math.round(budget.tokens * 1_000)).toBe(800_000 - failures * 1_000 + gained * 100);
      }),
    );
  });

  it('never has more after a failure in place of a success', () => {
    fc.assert(
      fc.property(sizes, outcomes, fc.nat(), (size, successes, at) => {
        fc.pre(successes.length > 0);
        const worse = successes.with(at % successes.length, false);
        const better = successes.with(at % successes.length, true);
        const left = play(retryBudget(size), worse).tokens;
        expect(left).toBeLessThanOrEqual(play(retryBudget(size), better).tokens);
      }),
    );
  });

  it.each([
    [{ token: 5 } as never, 'token must be left out: the options are tokens, tokenRatio'],
    [{ tokens: 0 }, 'tokens must be a number from 0.001 to 1000000, but got 0'],
    [{ tokens: Number.NaN }, 'tokens must be a number'],
    [{ tokens: '9' as never }, 'tokens must be a number'],
    [{ tokenRatio: -1 }, 'tokenRatio must be a number from 0.001 to 1000000, but got -1'],
  ])('refuses %o', (options, message) => {
    expect(thrown(() => retryBudget(options), 'InvalidOption').message).toContain(message);
  });
});
