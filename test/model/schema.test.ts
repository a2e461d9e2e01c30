import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeIssues, type SchemaIssue, typed } from '../../src/model/index.ts';
import { isSchema } from '../../src/model/schema.ts';

describe('typed', () => {
  it.each([undefined, null, 5, { dir: '/' }])('accepts %o as it is', (value) => {
    const schema = typed<{ dir: string }>();
    expect(isSchema(schema)).toBe(true);
    expect(schema['~standard'].validate(value)).toEqual({ value });
  });
});

describe('isSchema', () => {
  it("is true for zod's, and for schemas that are functions", () => {
    expect(isSchema(z.string())).toBe(true);
    const callable = Object.assign(() => {}, { '~standard': z.string()['~standard'] });
    expect(isSchema(callable)).toBe(true);
  });

  it.each([undefined, null, 'schema', {}, () => {}, { '~standard': {} }, { '~standard': null }])(
    'is false for %o',
    (value) => {
      expect(isSchema(value)).toBe(false);
    },
  );
});

describe('describeIssues', () => {
  it.each<[string, readonly SchemaIssue[], string]>([
    ['without a path', [{ message: 'no' }], 'no'],
    ['with an empty path', [{ message: 'no', path: [] }], 'no'],
    ['with a path', [{ message: 'no', path: ['dir', 0, Symbol('s')] }], 'dir.0.Symbol(s): no'],
    ['with a path of segments', [{ message: 'no', path: [{ key: 'dir' }, 'x'] }], 'dir.x: no'],
    ['more than one', [{ message: 'a', path: ['x'] }, { message: 'b' }], 'x: a; b'],
    ['none', [], 'refused, without a reason'],
  ])('names where it is, %s', (_, issues, text) => {
    expect(describeIssues(issues)).toBe(text);
  });

  it("reads zod's issues", () => {
    const { issues } = z
      .object({ dirs: z.array(z.string()) })
      ['~standard'].validate({ dirs: ['a', 5] }) as { issues: readonly SchemaIssue[] };
    expect(describeIssues(issues)).toMatch(/^dirs\.1: .*string/);
  });
});
