import { describe, expect, it } from 'vitest';
import { Progress, type Unit } from '../../src/pipeline/index.ts';
import { thrown } from '../support/thrown.ts';
import { beginAll, planned, type Scope, takeAll, takeOne } from './progress-moves.ts';

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
