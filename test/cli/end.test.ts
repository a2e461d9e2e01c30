import { expect, test } from 'vitest';
import { endRuntime } from '../../src/cli/end-runtime.ts';
import { failureOf } from '../../src/cli/serve.ts';
import type { Runtime, RuntimeEvent, ShutdownReport } from '../../src/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

function ending(report: Partial<ShutdownReport>): Runtime {
  const quiet = { reason: '', elapsed: 1, overran: [], errors: [], skipped: [], zombies: 0 };
  return {
    query: { health: () => ({ executions: 0 }) },
    shutdown: async () => ({ ...quiet, ...report }),
  } as unknown as Runtime;
}

const plain = (message: string) => ({ name: 'Error', message });

const overran = [{ phase: 'closing', task: 'threads' }];

test.each<[string, Partial<ShutdownReport>, number, string[]]>([
  ['in order', {}, 0, []],
  [
    'with an error',
    { errors: [{ phase: 'closing', task: 'journal', error: new Error('x') }] },
    1,
    ['the shutdown met an error'],
  ],
  ['too late', { overran }, 124, ['what was still running has been cut short']],
  [
    'with a thread that did not end',
    { overran, zombies: 1 },
    137,
    ['what was still running has been cut short', 'threads are held by native calls'],
  ],
])('a runtime that ends %s', async (_, report, code, told) => {
  const { logger, lines } = recordingLogger();
  expect(await endRuntime(ending(report), 'test', logger)).toBe(code);
  expect(lines.map(({ message }) => message)).toEqual(['shutting down', ...told, 'shut down']);
});

test('a runtime has failed when the root of its supervision tree gave up', async () => {
  let tell: (event: RuntimeEvent) => void = () => {};
  const failure = failureOf({
    subscribe: (subscriber) => {
      tell = subscriber;
      return () => {};
    },
  });
  const code = 'RestartIntensityExceeded';
  const cause = { name: 'TroupeError', code, message: 'worker-1 too often', cause: plain('heap') };
  const error = { name: 'TroupeError', code, message: 'pool too often', cause };
  tell({ type: 'supervisor.escalated', supervisor: 'pool', child: 'worker-1', error, time: 0 });
  tell({ type: 'supervisor.escalated', supervisor: 'runtime', child: 'pool', error, time: 0 });
  await expect(failure).resolves.toBe('the runtime failed: worker-1 too often');
});
