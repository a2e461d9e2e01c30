import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constant, NO_RETRY, taskReference } from '../../src/model/index.ts';
import { definePipeline, planOf, withCaches } from '../../src/pipeline/index.ts';
import { acyclic, type Needs } from '../support/arbitrary-graph.ts';

const task = taskReference('files', 'hash');

function planned(steps: Needs) {
  const withTasks = Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [name, { ...step, task }]),
  );
  return planOf(definePipeline({ id: 'p', steps: withTasks }));
}

describe('withCaches', () => {
  const cache = { ttl: 1, scope: 'execution' } as const;

  it('gives a plan with other caches, and leaves the first as it was', () => {
    const plan = planOf(definePipeline({ id: 'p', steps: { a: { task } } }));
    const other = withCaches(plan, () => cache);
    expect(other).toEqual({ ...plan, steps: [{ ...plan.steps[0], cache }], keepsOwn: true });
    expect(other.steps[0]?.cache).toBe(cache);
    expect(plan).toMatchObject({ steps: [{ cache: undefined }], keepsOwn: false });
    expect(withCaches(other, () => undefined)).toEqual(plan);
  });

  it('gives the plan itself when its caches stay as they are', () => {
    const plan = planOf(definePipeline({ id: 'p', steps: { a: { task, cache }, b: { task } } }));
    expect(withCaches(plan, (step) => step.cache)).toBe(plan);
  });
});

describe('planOf', () => {
  it('fills in what a step leaves open', () => {
    const pipeline = definePipeline({ id: 'p', steps: { a: { task } } });
    const { steps } = planOf(pipeline);
    expect(steps).toEqual([
      {
        name: 'a',
        index: 0,
        task,
        needs: [],
        dependents: [],
        fansOut: false,
        definition: pipeline.steps.a,
        concurrency: Number.POSITIVE_INFINITY,
        retry: NO_RETRY,
        timeout: 0,
        cache: undefined,
      },
    ]);
  });

  it('keeps what a step says', () => {
    const retry = constant();
    const cache = { ttl: 1 };
    const each = () => [];
    const said = { concurrency: 2, retry, timeout: 7, cache, each };
    const { steps } = planOf(definePipeline({ id: 'p', steps: { a: { task, ...said } } }));
    expect(steps[0]).toMatchObject({ concurrency: 2, retry, timeout: 7, cache, fansOut: true });
  });

  it('knows whether any of its steps keeps results for the execution only', () => {
    const planOfCaches = (...caches: object[]) => {
      const steps = Object.fromEntries(caches.map((cache, i) => [`s${i}`, { task, cache }]));
      return planOf(definePipeline({ id: 'p', steps: steps as never }));
    };
    expect(planOfCaches({ ttl: 1 }, { ttl: 1, scope: 'runtime' }).keepsOwn).toBe(false);
    expect(planOfCaches({ ttl: 1 }, { ttl: 1, scope: 'execution' }).keepsOwn).toBe(true);
  });

  it('has no cache for a step that wants none', () => {
    const { steps } = planOf(definePipeline({ id: 'p', steps: { a: { task, cache: false } } }));
    expect(steps[0]?.cache).toBeUndefined();
  });

  it('is made once', () => {
    const pipeline = definePipeline({ id: 'p', steps: { a: { task } } });
    expect(planOf(pipeline)).toBe(planOf(pipeline));
    expect(planOf(pipeline).pipeline).toBe(pipeline);
    expect(Object.isFrozen(planOf(pipeline))).toBe(true);
  });

  it('holds every step after what it needs, and knows its own place', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const { steps } = planned(graph);
        expect(steps.map(({ name }) => name).sort()).toEqual(Object.keys(graph).sort());
        const place = new Map(steps.map(({ name, index }) => [name, index]));
        for (const [at, { name, index, needs }] of steps.entries()) {
          expect(index).toBe(at);
          expect(needs).toEqual(graph[name]?.needs);
          for (const need of needs) expect(place.get(need)).toBeLessThan(index);
        }
      }),
    );
  });

  it('knows who waits for a step: exactly those that need it', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const { steps } = planned(graph);
        for (const { name, dependents } of steps) {
          const waiting = steps.filter(({ needs }) => needs.includes(name));
          expect([...dependents].sort((a, b) => a - b)).toEqual(waiting.map(({ index }) => index));
        }
      }),
    );
  });
});
