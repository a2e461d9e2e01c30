import { describe, expect, it } from 'vitest';
import { taskReference, typed } from '../../src/model/index.ts';
import { definePipeline } from '../../src/pipeline/index.ts';
import { thrown } from '../support/thrown.ts';

const task = taskReference('files', 'hash');

describe('definePipeline', () => {
  it('gives a value that cannot be changed', () => {
    const steps = { a: { task } };
    const pipeline = definePipeline({ id: 'p', steps });
    expect(pipeline).toMatchObject({ id: 'p', steps, schema: undefined });
    expect(Object.isFrozen(pipeline)).toBe(true);
    expect(Object.isFrozen(pipeline.steps)).toBe(true);
  });

  it('is not changed by what becomes of its definition', () => {
    const steps: Record<string, { task: typeof task }> = { a: { task } };
    const pipeline = definePipeline({ id: 'p', steps });
    steps.b = { task };
    expect(Object.keys(pipeline.steps)).toEqual(['a']);
  });

  it('keeps its schema and its output', () => {
    const schema = typed<string>();
    const output = () => 5;
    const pipeline = definePipeline({ id: 'p', input: schema, steps: { a: { task } }, output });
    expect(pipeline.schema).toBe(schema);
    expect(pipeline.output({ input: 1, results: {} })).toBe(5);
  });

  it('gives all results when it has no output of its own', () => {
    const pipeline = definePipeline({ id: 'p', steps: { a: { task } } });
    const results = { a: 1 };
    expect(pipeline.output({ input: 1, results })).toBe(results);
  });

  it('refuses what is malformed', () => {
    thrown(() => definePipeline({ id: 'p', steps: {} }), 'EmptyPipeline');
    thrown(() => definePipeline(undefined as never), 'InvalidPipeline');
  });
});
