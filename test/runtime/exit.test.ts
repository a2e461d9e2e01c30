import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { TroupeError } from '../../src/model/index.ts';
import { exitCodeOf } from '../../src/runtime/exit.ts';

const EXIT = new URL('../../src/runtime/exit.ts', import.meta.url).href;
const QUIET = { reason: '', elapsed: 1, overran: [], errors: [], skipped: [], zombies: 0 };
const errors = [{ phase: 'closing', task: 'journal', error: new Error('x') }];
const handedOn = { phase: 'draining', task: 'executions' };

test.each([
  ['in order', {}, 0],
  ['in order, though work was cancelled', { overran: [handedOn] }, 0],
  ['of a runtime that had failed', { failure: new TroupeError('StartFailed', 'x') }, 1],
  ['with an error', { errors, overran: [handedOn] }, 1],
  ['with cancelled work that did not end', { overran: [{ ...handedOn, phase: 'aborting' }] }, 124],
  ['with a task that was cut short', { overran: [{ phase: 'draining', task: 'mine' }] }, 124],
  [
    'with a task that was cut short, and an error',
    { errors, overran: [{ phase: 'closing', task: 'x' }] },
    124,
  ],
  ['with a thread that did not end', { errors, zombies: 1 }, 137],
])('the exit code of a shutdown %s', (_, report, code) => {
  expect(exitCodeOf({ ...QUIET, ...report })).toBe(code);
});

test.each([
  ['endProcess(3)', { status: 3, signal: null }],
  ['endProcess(137)', { status: null, signal: 'SIGKILL' }],
  ["dieOf('SIGTERM')", { status: null, signal: 'SIGTERM' }],
])('%s ends the process', (call, how) => {
  const code = `const { endProcess, dieOf } = await import('${EXIT}'); ${call};`;
  const { status, signal } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', code],
    { env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect({ status, signal }).toEqual(how);
});
