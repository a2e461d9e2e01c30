import { expect, test } from 'vitest';
import { awaited } from '../../src/cli/awaited.ts';

test.each([
  ["run('files.list')\n", "run('files.list')"],
  ['p = run()', 'p = run()'],
  ['  f();; \n', 'f()'],
  ['f() // why', 'f() // why'],
  ['[1, 2]\n.length\n', '[1, 2]\n.length'],
  ['async () => {}', 'async () => {}'],
  ['functional', 'functional'],
  ['{ a: 1, b }\n', '{ a: 1, b }'],
])('%j is an expression and awaited', (code, expression) => {
  expect(awaited(code)).toBe(`await (${expression}\n)\n`);
});

test.each([
  '',
  '\n',
  '// nothing',
  'const x = run()',
  'let x = 1',
  'let [a] = [1]',
  'a; b',
  'if (a) b()',
  'function f() {}',
  'async  function f() {}',
  'class A {}',
  '{ let a = 1 }',
  'await run()',
  'f(',
  'a) + (b',
  'throw new Error()',
])('%j is left as it is', (code) => {
  expect(awaited(code)).toBe(code);
});
