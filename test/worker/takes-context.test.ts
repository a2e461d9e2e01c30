import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { takesContext } from '../../src/worker/takes-context.ts';

type Run = (...args: never[]) => unknown;

/** A function from its source: no tool between has rewritten it. */
function made(source: string): Run {
  return runInThisContext(`(${source})`) as Run;
}

describe('a context is spared', () => {
  it.each([
    'function f(input) {}',
    'function (input) {}',
    'function(input){}',
    'function f (\n  input,\n) {}',
    'async function f(input) { await input; }',
    'function* f(input) { yield input; }',
    'async function* f(input) { yield input; }',
    'function größe(eingabe) {}',
    'input => input',
    'async input => input',
    'async => async',
    '(input) => input',
    '(input) => { const more = { a: 1 }; return [...input, more]; }',
    'async(input)=>input',
    'async (input) => (other, context = {}) => context',
    '({ path, rounds: times }) => path',
    'async ({ path }) => path',
    'function f([first, second]) {}',
    '({ m(input) {} }).m',
    '({ async m(input) {} }).m',
    '({ *m(input) {} }).m',
    '({ async *m(input) {} }).m',
    '({ async(input) {} }).async',
    'class { static m(input) {} }.m',
    'class { static async m(input) {} }.m',
    'new (class { m({ path }) {} })().m',
  ])('where there is surely one parameter: %s', (source) => {
    expect(takesContext(made(source))).toBe(false);
  });
});

describe('a context is given', () => {
  it.each([
    ['nothing declared', '() => 1'],
    ['two parameters', '(input, context) => context'],
    ['a default', 'function f(input, context = {}) {}'],
    ['a default', 'async function f(input, { signal } = {}) {}'],
    ['a default', '(input, { signal } = {}) => signal'],
    ['a default', 'async ({ path }, { signal } = {}) => signal'],
    ['a default', 'async function* f(input, { signal } = {}) {}'],
    ['a default', '({ async m(input, { signal } = {}) {} }).m'],
    ['a default', 'class { static m(input, context = null) {} }.m'],
    ['a default', 'new (class { async *m(input, context = null) {} })().m'],
    ['rest', 'function f(input, ...[context]) {}'],
    ['rest', '(input, ...others) => others'],
    ['rest', 'async (input, ...[context]) => context'],
    ['rest', '({ m(input, ...others) {} }).m'],
    ['a default within', '({ path = ")" }) => path'],
    ['a default within', '({ path = "a" }, context = {}) => context'],
    ['rest within', '({ path, ...more }) => more'],
    ['nesting', '({ deep: { path } }) => path'],
    ['a computed key within', '({ [key]: path }) => path'],
    ['a comment', '(input /* ) => */, context = {}) => context'],
    ['a comment', 'function f(input // the file\n) {}'],
    ['a comment', 'function /* (input) { */ f(input, context = {}) {}'],
    ['a computed name', '({ ["m(input) {"](input, context = {}) {} })["m(input) {"]'],
    ['a name in quotes', '({ "m(input) {"(input, context = {}) {} })["m(input) {"]'],
    ['arguments', 'function f(input) { return arguments[1]; }'],
    ['arguments', '({ m(input) { return run.apply(this, arguments); } }).m'],
    ['arguments', 'function f(input) { return eval("argu" + "ments")[1]; }'],
    ['a bound function', '(function f(input, context) {}).bind(null, 1)'],
    ['a bound function', '((input) => input).bind(null)'],
    ['a native function', 'structuredClone'],
    ['a proxy', 'new Proxy((input) => input, {})'],
    ['a class', 'class { constructor(input) {} }'],
    [
      'a length that is not its own',
      'Object.defineProperty(({ a }, { b }) => b, "length", { value: 1 })',
    ],
    [
      'a text that is not its own',
      'Object.assign((input, context = {}) => 1, { toString: () => "(input) => 1" })',
    ],
  ])('for %s: %s', (_, source) => {
    expect(takesContext(made(source))).toBe(true);
  });
});
