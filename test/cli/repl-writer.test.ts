import { expect, test } from 'vitest';
import { createWriter, describeError } from '../../src/cli/repl-writer.ts';
import { TroupeError } from '../../src/index.ts';

const write = createWriter({ colors: false, columns: 80 });

test('shows values as Node does', () => {
  expect(write({ a: [1n, new Map([['k', 'v']])] })).toBe("{ a: [ 1n, Map(1) { 'k' => 'v' } ] }");
});

test('shows an execution by its id and status', () => {
  const handle = { id: 'e1', status: 'running', events: () => {}, result: () => {} };
  expect(write(handle)).toBe('execution e1: running');
});

test.each([
  [new TroupeError('TaskNotFound', 'there is none'), 'TaskNotFound: there is none'],
  [
    new TroupeError('TaskFailed', 'task a.b failed: boom', { cause: new RangeError('boom') }),
    'TaskFailed: task a.b failed: boom (cause: RangeError)',
  ],
  [
    new TroupeError('ExecutionFailed', 'it could not go on', { cause: new RangeError('boom') }),
    'ExecutionFailed: it could not go on (cause: RangeError: boom)',
  ],
  [new Error('odd', { cause: 5 }), 'Error: odd (cause: 5)'],
  [new TypeError('two\n   lines'), 'TypeError: two lines'],
  [Object.assign(new Error('x'), { code: 'ERR_SCRIPT_EXECUTION_INTERRUPTED' }), 'interrupted'],
])('shows an error in one line: %s', (error, line) => {
  expect(describeError(error)).toBe(line);
  expect(write(error)).toBe(line);
});
