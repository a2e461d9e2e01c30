import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { endRuntime } from '../../src/cli/end-runtime.ts';
import { createLogger } from '../../src/cli/logger.ts';
import { failureOf } from '../../src/cli/serve.ts';
import type { Runtime, RuntimeEvent, ShutdownReport } from '../../src/index.ts';

const EXIT = new URL('../../src/cli/exit.ts', import.meta.url).href;

function ending(report: Partial<ShutdownReport>): Runtime {
  return {
    query: { health: () => ({ executions: 0 }) },
    shutdown: async () => ({ reason: '', elapsed: 1, overran: [], errors: [], ...report }),
  } as unknown as Runtime;
}

test.each<[string, Partial<ShutdownReport>, number]>([
  ['in order', {}, 0],
  ['in order, though something was cut short', { overran: ['draining', 'aborting'] }, 0],
  ['with an error', { errors: [{ phase: 'closing', error: new Error('x') }] }, 1],
  ['with threads that did not end', { overran: ['draining', 'closing'] }, 137],
])('a runtime that ends %s', async (_, report, code) => {
  expect(await endRuntime(ending(report), 'test', createLogger('silent'))).toBe(code);
});

test('a runtime has failed when the root of its supervision tree gave up', async () => {
  let tell: (event: RuntimeEvent) => void = () => {};
  const failure = failureOf({
    subscribe: (subscriber) => {
      tell = subscriber;
      return () => {};
    },
  });
  const error = { name: 'TroupeError', message: 'too often' };
  tell({ type: 'supervisor.escalated', supervisor: 'pool', child: 'worker-1', error, time: 0 });
  tell({ type: 'supervisor.escalated', supervisor: 'runtime', child: 'pool', error, time: 0 });
  await expect(failure).resolves.toBe('the runtime failed: too often');
});

test.each([
  ['leave(3)', { status: 3, signal: null }],
  ['leave(137)', { status: null, signal: 'SIGKILL' }],
  ["dieOf('SIGTERM')", { status: null, signal: 'SIGTERM' }],
])('%s ends the process', (call, how) => {
  const code = `const { leave, dieOf } = await import('${EXIT}'); ${call};`;
  const { status, signal } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', code],
    { env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect({ status, signal }).toEqual(how);
});
