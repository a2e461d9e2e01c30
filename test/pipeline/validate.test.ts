import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  constant,
  type ErrorCode,
  exponential,
  MAX_TIMEOUT,
  taskModule,
  taskReference,
} from '../../src/model/index.ts';
import { checkDefinition } from '../../src/pipeline/validate.ts';
import { thrown } from '../support/thrown.ts';

const task = taskReference('files', 'hash');

/** A definition that is fine but for what is put over it. */
function definition(over: Record<string, unknown> = {}) {
  return { id: 'p', steps: { a: { task } }, ...over };
}

function withStep(step: unknown) {
  return definition({ steps: { a: step, b: { task } } });
}

function refusal(wrong: unknown, code: ErrorCode) {
  return thrown(() => checkDefinition(wrong), code);
}

describe('checkDefinition', () => {
  it('gives a definition that is fine', () => {
    const input = z.string();
    const output = () => 1;
    const steps = {
      a: { task },
      b: { task, needs: ['a'], each: () => [], concurrency: 2 },
      c: { task, needs: ['a', 'b'], input: () => 1, retry: exponential(), timeout: 5 },
      d: { task, needs: [], cache: { ttl: 5 } },
    };
    expect(checkDefinition({ id: 'p', steps, input, output })).toEqual({
      id: 'p',
      steps,
      input,
      output,
    });
  });

  it.each([undefined, null, 'p', 5])('refuses %o in place of a pipeline', (value) => {
    expect(refusal(value, 'InvalidPipeline').message).toContain('a pipeline must be an object');
  });
});

describe('the id of a pipeline', () => {
  it.each([
    'p',
    '1',
    'audit.daily_2-x',
    '_files.hash',
    'files.$hash',
    'dateien.größe',
    '任务.运行',
  ])('may be %j', (id) => {
    expect(checkDefinition(definition({ id })).id).toBe(id);
  });

  it.each(['', '.p', '-p', 'a b', 'a/b', 'a\n', 'a→b', 5, undefined])('may not be %j', (id) => {
    expect(refusal(definition({ id }), 'InvalidOption').details.field).toBe('pipeline id');
  });
});

describe('the parts of a pipeline', () => {
  it.each([undefined, null, 'a', 5])('steps must not be %o', (steps) => {
    const { message, details } = refusal(definition({ steps }), 'InvalidPipeline');
    expect(message).toMatch(/^pipeline p: steps must be an object of steps, but got /);
    expect(details).toMatchObject({ pipeline: 'p', field: 'steps' });
  });

  it('must hold a step', () => {
    const { message, details } = refusal(definition({ steps: {} }), 'EmptyPipeline');
    expect(message).toBe('pipeline p: has no steps');
    expect(details).toEqual({ pipeline: 'p' });
  });

  it.each([null, {}, 'string', () => {}])('input must not be %o', (input) => {
    const error = refusal(definition({ input }), 'InvalidPipeline');
    expect(error.details).toMatchObject({ pipeline: 'p', field: 'input' });
  });

  it.each([null, {}, 'a'])('output must not be %o', (output) => {
    const error = refusal(definition({ output }), 'InvalidPipeline');
    expect(error.details).toMatchObject({ pipeline: 'p', field: 'output' });
  });
});

describe('a step', () => {
  it.each([undefined, null, 'files.hash', 5])('must not be %o', (step) => {
    const { message, details } = refusal(withStep(step), 'InvalidPipeline');
    expect(message).toMatch(/^pipeline p, step a: must be an object, but got /);
    expect(details).toEqual({ pipeline: 'p', step: 'a' });
  });

  it.each([5, '', 'no name', '-x', null])('must not run on executor %o', (executor) => {
    const { details } = refusal(withStep({ task, executor }), 'InvalidOption');
    expect(details.field).toBe('pipeline p, step a: executor');
  });

  it('must not have a field that there is not', () => {
    const error = refusal(withStep({ task, retires: constant() }), 'InvalidPipeline');
    expect(error.message).toBe('pipeline p, step a: there is no field "retires"');
    expect(error.details).toEqual({ pipeline: 'p', step: 'a', field: 'retires' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['task', {}],
    ['task', { task: 'files.hash' }],
    ['task', { task: () => {} }],
    ['task', { task: taskModule('files', 'file:///files.js') }],
    ['each', { task, each: [1] }],
    ['input', { task, input: { dir: '/' } }],
    ['needs', { task, needs: 'b' }],
  ])('names %s as what is wrong (%#)', (field, step) => {
    const { details } = refusal(withStep(step), 'InvalidPipeline');
    expect(details).toMatchObject({ pipeline: 'p', step: 'a', field });
  });

  it('takes its inputs from one place', () => {
    const error = refusal(withStep({ task, each: () => [], input: () => 1 }), 'InvalidPipeline');
    expect(error.message).toContain('each gives the inputs already; leave out input');
  });

  it.each<[string, Record<string, unknown>]>([
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['concurrency', { concurrency: Number.POSITIVE_INFINITY }],
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: Number.NaN }],
    ['timeout', { timeout: '500' }],
    ['timeout', { timeout: MAX_TIMEOUT + 1 }],
    ['retry', { retry: 3 }],
    ['retry.attempts', { retry: { attempts: 0, delay: () => 0 } }],
    ['cache', { cache: 5 }],
    ['cache.ttl', { cache: { ttl: 0 } }],
  ])('names %s as out of range (%#)', (field, limits) => {
    const { details } = refusal(withStep({ task, ...limits }), 'InvalidOption');
    expect(details.field).toBe(`pipeline p, step a: ${field}`);
  });

  it('may be given the longest time that a timer can measure', () => {
    expect(() => checkDefinition(withStep({ task, timeout: MAX_TIMEOUT }))).not.toThrow();
  });
});

describe('the needs of a step', () => {
  it.each(['c', 'toString', 5, null])('must not hold %o, which is no step', (need) => {
    const { message, details } = refusal(withStep({ task, needs: ['b', need] }), 'UnknownNeed');
    expect(message).toMatch(/^pipeline p, step a: needs .*, which is no step of the pipeline$/);
    expect(details).toEqual({ pipeline: 'p', step: 'a', need });
  });

  it('must not hold a step twice', () => {
    const { details } = refusal(withStep({ task, needs: ['b', 'b'] }), 'DuplicateId');
    expect(details).toEqual({ pipeline: 'p', step: 'a', need: 'b' });
  });

  it('must not go in a circle', () => {
    const steps = {
      a: { task, needs: ['c'] },
      b: { task, needs: ['a'] },
      c: { task, needs: ['b'] },
    };
    const { message, details } = refusal(definition({ steps }), 'CyclicDependency');
    expect(message).toBe('pipeline p: steps need one another in a circle: a → c → b → a');
    expect(details).toEqual({ pipeline: 'p', cycle: ['a', 'c', 'b', 'a'] });
  });

  it('must not hold the step itself', () => {
    const { details } = refusal(withStep({ task, needs: ['a'] }), 'CyclicDependency');
    expect(details.cycle).toEqual(['a', 'a']);
  });
});
