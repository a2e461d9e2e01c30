import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/pipeline/index.ts';
import { acyclic, type Needs } from '../support/arbitrary-graph.ts';
import { Driver, digest, naiveResults } from './progress-driver.ts';
import { beginAll, planned, type Scope, type Steps, takeAll } from './progress-moves.ts';

/** What a step of a random pipeline does. */
interface Trait {
  readonly kind: 'default' | 'input' | 'each';
  readonly items: number;
  readonly concurrency: number | undefined;
}

const trait: fc.Arbitrary<Trait> = fc.record({
  kind: fc.constantFrom('default', 'input', 'each', 'each'),
  items: fc.nat(5),
  concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});

function stepsOf(graph: Needs, traits: ReadonlyMap<string, Trait>): Steps {
  const entries = Object.entries(graph).map(([name, { needs }]) => {
    const { kind, items, concurrency } = traits.get(name) as Trait;
    const own =
      kind === 'input'
        ? { input: ({ input, results }: Scope) => digest(input, ...needs.map((n) => results[n])) }
        : kind === 'each'
          ? { each: ({ input, results }: Scope) => itemsOf(items, input, results) }
          : {};
    return [name, { needs, ...own, ...(concurrency && { concurrency }) }] as const;
  });
  return Object.fromEntries(entries);
}

function itemsOf(count: number, input: unknown, results: Scope['results']): number[] {
  return Array.from({ length: count }, (_, i) => digest(i, input, Object.entries(results)));
}

describe('Progress on any pipeline, settled in any order', () => {
  it('gives each task once, in time, within its limits, and the right results in the end', () => {
    const pipeline = acyclic.chain((graph) => {
      const steps = Object.keys(graph);
      const traits = fc.array(trait, { minLength: steps.length, maxLength: steps.length });
      return traits.map((list) => {
        const byName = new Map(steps.map((name, i) => [name, list[i] as Trait]));
        return planned(stepsOf(graph, byName));
      });
    });
    fc.assert(
      fc.property(pipeline, fc.nat(), (plan, seed) => {
        const driver = new Driver(plan, 'input', seed);
        driver.run();
        expect(driver.progress.output()).toEqual(naiveResults(plan, 'input'));
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, Steps]>([
    [
      'steps side by side',
      Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`s${i}`, {}])),
    ],
    ['items of one step', { a: { each: () => new Array(100_000).fill(0) } }],
    [
      'items one after the other',
      { a: { each: () => new Array(100_000).fill(0), concurrency: 1 } },
    ],
  ])('gets through very many %s', (_, steps) => {
    const progress = new Progress(planned(steps), 1);
    beginAll(progress);
    let tasks = 0;
    while (!progress.finished) {
      const units = takeAll(progress);
      tasks += units.length;
      for (const unit of units) progress.settle(unit, 0);
    }
    expect(tasks).toBe(progress.steps().reduce((sum, { total }) => sum + total, 0));
  });
});
