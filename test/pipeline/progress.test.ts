import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { taskReference } from '../../src/model/index.ts';
import {
  definePipeline,
  type Plan,
  Progress,
  planOf,
  type StepDefinition,
  type StepScope,
  type Unit,
} from '../../src/pipeline/index.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { acyclic, type Needs } from '../support/arbitrary-graph.ts';
import { thrown } from '../support/thrown.ts';

type Scope = StepScope<unknown, Readonly<Record<string, unknown>>>;
type Steps = Readonly<Record<string, Omit<StepDefinition, 'task'>>>;

const task = taskReference('files', 'hash');

function planned(steps: Steps, output?: (scope: Scope) => unknown): Plan {
  const withTasks = Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [name, { ...step, task }]),
  );
  const definition = { id: 'p', steps: withTasks, ...(output && { output }) };
  return planOf(definePipeline(definition as never));
}

/** Begins whatever can begin; gives how many tasks each step has. */
function beginAll(progress: Progress): Record<string, number> {
  const begun: Record<string, number> = {};
  for (let step = progress.takeReadyStep(); step; step = progress.takeReadyStep()) {
    begun[step.name] = progress.begin(step);
  }
  return begun;
}

function takeAll(progress: Progress): Unit[] {
  const units: Unit[] = [];
  for (let unit = progress.takeUnit(); unit; unit = progress.takeUnit()) units.push(unit);
  return units;
}

function takeOne(progress: Progress): Unit {
  const unit = progress.takeUnit();
  if (unit === undefined) expect.fail('there should be a task to take');
  return unit;
}

function names(units: readonly Unit[]): string[] {
  return units.map(({ step, index }) => (index < 0 ? step.name : `${step.name}.${index}`));
}

describe('a step that does not fan out', () => {
  it("is given the pipeline's input when it needs no other", () => {
    const progress = new Progress(planned({ a: {} }), 'input');
    beginAll(progress);
    expect(takeOne(progress)).toMatchObject({ index: -1, input: 'input' });
  });

  it('is given nothing when it needs another', () => {
    const progress = new Progress(planned({ a: {}, b: { needs: ['a'] } }), 'input');
    beginAll(progress);
    progress.settle(takeOne(progress), 1);
    beginAll(progress);
    expect(takeOne(progress)).toMatchObject({ index: -1, input: undefined });
  });

  it('is given what its own function makes of the input and of the results it needs', () => {
    const scopes: Scope[] = [];
    const plan = planned({
      a: {},
      b: {},
      c: { needs: ['a'], input: (scope) => scopes.push(scope) && 'made' },
    });
    const progress = new Progress(plan, 'input');
    beginAll(progress);
    for (const unit of takeAll(progress)) progress.settle(unit, `${unit.step.name}!`);
    beginAll(progress);
    expect(takeOne(progress).input).toBe('made');
    expect(scopes).toEqual([{ input: 'input', results: { a: 'a!' } }]);
  });

  it('may be called anything', () => {
    const odd = '__proto__';
    const steps = Object.fromEntries([
      [odd, {}],
      ['constructor', { needs: [odd], input: ({ results }: Scope) => results[odd] }],
    ]);
    const progress = new Progress(planned(steps), 'input');
    beginAll(progress);
    progress.settle(takeOne(progress), 'first');
    beginAll(progress);
    expect(takeOne(progress).input).toBe('first');
  });
});

describe('a step that fans out', () => {
  const twice = { each: ({ input }: Scope) => input as number[] };

  it('has a task for each item, and its outputs in the order of the items', () => {
    const progress = new Progress(planned({ a: twice }), [7, 8, 9]);
    expect(beginAll(progress)).toEqual({ a: 3 });
    const units = takeAll(progress);
    expect(units.map(({ index, input }) => [index, input])).toEqual([
      [0, 7],
      [1, 8],
      [2, 9],
    ]);
    const completes = [...units]
      .reverse()
      .map((unit) => progress.settle(unit, unit.input as number));
    expect(completes).toEqual([false, false, true]);
    expect(progress.output()).toEqual({ a: [7, 8, 9] });
  });

  it('of no items is completed as soon as it begins', () => {
    const plan = planned({ a: twice, b: { needs: ['a'] } });
    const progress = new Progress(plan, []);
    const first = progress.takeReadyStep();
    expect(first && progress.begin(first)).toBe(0);
    expect(progress.steps()[0]).toEqual({ name: 'a', status: 'completed', done: 0, total: 0 });
    expect(progress.takeReadyStep()?.name).toBe('b');
  });

  it('has no more tasks under way than its concurrency allows', () => {
    const progress = new Progress(planned({ a: { ...twice, concurrency: 2 } }), [1, 2, 3]);
    beginAll(progress);
    const units = takeAll(progress);
    expect(names(units)).toEqual(['a.0', 'a.1']);
    progress.settle(units[0] as Unit, 1);
    expect(names(takeAll(progress))).toEqual(['a.2']);
  });

  it('does not hold up another step when it is at its limit', () => {
    const plan = planned({ a: { ...twice, concurrency: 1 }, b: {} });
    const progress = new Progress(plan, [1, 2]);
    beginAll(progress);
    expect(names(takeAll(progress))).toEqual(['a.0', 'b']);
  });

  it('keeps its tasks countable when it is done', () => {
    const progress = new Progress(planned({ a: twice }), [1, 2]);
    beginAll(progress);
    for (const unit of takeAll(progress)) progress.settle(unit, 0);
    const [step] = progress.plan.steps;
    expect(step && progress.itemsOf(step)).toBe(2);
    expect(progress.steps()).toEqual([{ name: 'a', status: 'completed', done: 2, total: 2 }]);
  });
});

describe('what a pipeline computes itself', () => {
  const failures: [string, unknown, string][] = [
    ['an Error', new RangeError('no'), 'no'],
    ['a text', 'no', 'no'],
    ['nothing', undefined, 'undefined'],
    ['a symbol', Symbol('no'), 'Symbol(no)'],
    ['what cannot be printed', Object.create(null), 'a value that cannot be printed'],
  ];

  it.each(failures)('is an invalid input when an input function throws %s', (_, cause, text) => {
    const input = () => {
      throw cause;
    };
    const progress = new Progress(planned({ a: { input } }), 1);
    const error = thrown(() => beginAll(progress), 'InvalidInput');
    expect(error.message).toBe(`pipeline p, step a: input threw: ${text}`);
    expect(error.details).toEqual({ pipeline: 'p', step: 'a' });
    expect(error.cause).toBe(cause);
  });

  it.each(failures)('is an invalid input when each throws %s', (_, cause, text) => {
    const each = () => {
      throw cause;
    };
    const progress = new Progress(planned({ a: { each } }), 1);
    const error = thrown(() => beginAll(progress), 'InvalidInput');
    expect(error.message).toBe(`pipeline p, step a: each threw: ${text}`);
    expect(error.cause).toBe(cause);
  });

  it.each(['abc', { length: 3 }, new Set([1]), undefined, null])(
    'is an invalid input when each gives %o, which is no array',
    (items) => {
      const progress = new Progress(planned({ a: { each: () => items } }), 1);
      const { message } = thrown(() => beginAll(progress), 'InvalidInput');
      expect(message).toContain('each must give an array, but gave ');
    },
  );

  it('leaves a step that did not begin as it was', () => {
    const progress = new Progress(planned({ a: { each: () => 'no' } }), 1);
    thrown(() => beginAll(progress), 'InvalidInput');
    expect(progress.steps()).toEqual([{ name: 'a', status: 'pending', done: 0, total: 0 }]);
    expect(progress.takeUnit()).toBeUndefined();
  });

  it('is its output, made of the input and all results', () => {
    const plan = planned({ a: {}, b: {} }, ({ input, results }) => [input, { ...results }]);
    const progress = new Progress(plan, 'input');
    beginAll(progress);
    for (const unit of takeAll(progress)) progress.settle(unit, `${unit.step.name}!`);
    expect(progress.output()).toEqual(['input', { a: 'a!', b: 'b!' }]);
  });

  it('fails the execution when its output function throws', () => {
    const cause = new Error('no');
    const progress = new Progress(
      planned({ a: {} }, () => {
        throw cause;
      }),
      1,
    );
    const error = thrown(() => progress.output(), 'ExecutionFailed');
    expect(error).toMatchObject({ message: 'pipeline p: output threw: no', cause });
  });
});

describe('a task that failed', () => {
  const fan = { a: { each: () => [1, 2, 3] } };

  it('fails its step, whatever becomes of the other items', () => {
    const progress = new Progress(planned(fan), 1);
    beginAll(progress);
    const [first, second, third] = takeAll(progress) as [Unit, Unit, Unit];
    progress.fail(first, 'failed');
    progress.fail(second, 'cancelled');
    expect(progress.inFlight).toBe(1);
    expect(progress.settle(third, 1)).toBe(false);
    expect(progress.steps()).toEqual([{ name: 'a', status: 'failed', done: 1, total: 3 }]);
    expect(progress.finished).toBe(false);
    expect(progress.inFlight).toBe(0);
  });

  it('fails its step also when other items were given up before', () => {
    const progress = new Progress(planned(fan), 1);
    beginAll(progress);
    const [first, second] = takeAll(progress) as [Unit, Unit, Unit];
    progress.fail(first, 'cancelled');
    expect(progress.steps()[0]?.status).toBe('cancelled');
    progress.fail(second, 'failed');
    expect(progress.steps()[0]?.status).toBe('failed');
  });

  it('keeps what needs its step from beginning', () => {
    const progress = new Progress(planned({ a: {}, b: { needs: ['a'] } }), 1);
    beginAll(progress);
    progress.fail(takeOne(progress), 'failed');
    expect(progress.takeReadyStep()).toBeUndefined();
    expect(progress.finished).toBe(false);
  });
});

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

/** A number that depends on all of the values. */
function digest(...values: readonly unknown[]): number {
  let hash = 7;
  for (const char of JSON.stringify(values)) hash = (hash * 31 + char.charCodeAt(0)) | 0;
  return hash;
}

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

/** What the task of a step gives for an input. */
function perform(step: string, input: unknown): number {
  return digest(step, input);
}

/** All results, worked out one step at a time, in an order in which needs come first. */
function naiveResults(plan: Plan, input: unknown): Record<string, unknown> {
  const results: Record<string, unknown> = {};
  for (const { name, needs, definition } of plan.steps) {
    const scope = {
      input,
      results: Object.fromEntries(needs.map((need) => [need, results[need]])),
    };
    const given = definition.input?.(scope) ?? (needs.length === 0 ? input : undefined);
    results[name] = definition.each
      ? (definition.each(scope) as unknown[]).map((item) => perform(name, item))
      : perform(name, given);
  }
  return results;
}

/** Drives a progress in a random order and checks at each move what may never be otherwise. */
class Driver {
  readonly progress: Progress;
  readonly #random: () => number;
  readonly #plan: Plan;
  readonly #flying: Unit[] = [];
  readonly #taken = new Set<string>();
  readonly #begun = new Map<string, number>();
  readonly #settled = new Map<string, number>();
  readonly #completed = new Set<string>();

  constructor(plan: Plan, input: unknown, seed: number) {
    this.#plan = plan;
    this.progress = new Progress(plan, input);
    this.#random = seededRandom(seed).next;
  }

  run(): void {
    while (!this.progress.finished) {
      const moved = this.#move();
      this.#check();
      if (!moved) this.#expectMoveLeft();
    }
    expect(this.progress.takeReadyStep()).toBeUndefined();
    expect(this.progress.takeUnit()).toBeUndefined();
    expect(this.#flying).toEqual([]);
    expect(this.#completed.size).toBe(this.#plan.steps.length);
  }

  #move(): boolean {
    const dice = this.#random();
    if (dice < 0.3) return this.#begin();
    if (dice < 0.65) return this.#take();
    return this.#settle();
  }

  /** Whoever does everything that can be done must come to the end. */
  #expectMoveLeft(): void {
    const moved = this.#begin() || this.#take() || this.#settle();
    expect(moved, 'nothing is left to do, and it is not finished').toBe(true);
  }

  #begin(): boolean {
    const step = this.progress.takeReadyStep();
    if (step === undefined) {
      // Whatever has what it needs is ready, and has begun by now.
      for (const { name, needs } of this.#plan.steps) {
        const ready = needs.every((need) => this.#completed.has(need));
        expect(this.#begun.has(name)).toBe(ready);
      }
      return false;
    }
    expect(this.#begun.has(step.name)).toBe(false);
    for (const need of step.needs) expect(this.#completed).toContain(need);
    const count = this.progress.begin(step);
    this.#begun.set(step.name, count);
    this.#settled.set(step.name, 0);
    if (count === 0) this.#completed.add(step.name);
    return true;
  }

  #take(): boolean {
    const unit = this.progress.takeUnit();
    if (unit === undefined) {
      // Nobody may be kept waiting who has a task left and room for it.
      for (const { name, concurrency } of this.#plan.steps) {
        const left = (this.#begun.get(name) ?? 0) - this.#takenOf(name);
        if (left > 0) expect(this.#flyingOf(name)).toBe(concurrency);
      }
      return false;
    }
    const { name, fansOut, concurrency } = unit.step;
    const key = `${name}.${unit.index}`;
    expect(this.#taken.has(key), `${key} was taken before`).toBe(false);
    expect(unit.index >= 0).toBe(fansOut);
    this.#taken.add(key);
    this.#flying.push(unit);
    expect(this.#flyingOf(name)).toBeLessThanOrEqual(concurrency);
    return true;
  }

  #settle(): boolean {
    const at = Math.floor(this.#random() * this.#flying.length);
    const [unit] = this.#flying.splice(at, 1);
    if (unit === undefined) return false;
    const { name } = unit.step;
    const done = (this.#settled.get(name) ?? 0) + 1;
    this.#settled.set(name, done);
    const last = done === this.#begun.get(name);
    if (last) this.#completed.add(name);
    expect(this.progress.settle(unit, perform(name, unit.input))).toBe(last);
    return true;
  }

  #check(): void {
    expect(this.progress.inFlight).toBe(this.#flying.length);
    expect(this.progress.finished).toBe(this.#completed.size === this.#plan.steps.length);
    const expected = this.#plan.steps.map(({ name }) => ({
      name,
      status: this.#completed.has(name)
        ? 'completed'
        : this.#begun.has(name)
          ? 'running'
          : 'pending',
      done: this.#settled.get(name) ?? 0,
      total: this.#begun.get(name) ?? 0,
    }));
    expect(this.progress.steps()).toEqual(expected);
  }

  #flyingOf(name: string): number {
    return this.#flying.filter(({ step }) => step.name === name).length;
  }

  #takenOf(name: string): number {
    return this.#flyingOf(name) + (this.#settled.get(name) ?? 0);
  }
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
