import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ExecutionEvent, RuntimeEvent } from '../../src/model/index.ts';
import { createLogger, LOG_LEVELS, logBreakers, logExecutions } from '../../src/telemetry/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const run = promisify(execFile);
const error = { name: 'Error', message: 'no' };

/** What a process of its own writes that logs at this level: stdout as it really is. */
async function linesAt(level: string): Promise<Record<string, unknown>[]> {
  const script = fileURLToPath(new URL('./fixtures/log-secrets.ts', import.meta.url));
  const { stdout } = await run(process.execPath, ['--import', 'tsx', script, level]);
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('createLogger', () => {
  it('writes JSON lines without secrets, at the top and one level below', async () => {
    const lines = await linesAt('info');
    expect(lines.map(({ msg }) => msg)).toEqual(['at info', 'at error']);
    expect(lines[0]).toMatchObject({
      level: 30,
      password: '[redacted]',
      token: '[redacted]',
      apiKey: '[redacted]',
      user: 'ada',
      request: { authorization: '[redacted]', path: '/' },
    });
    expect(lines[1]).toMatchObject({
      level: 50,
      secret: '[redacted]',
      credentials: '[redacted]',
      execution: 'e',
    });
    expect(JSON.stringify(lines)).not.toMatch(/hush/);
  });

  it('writes nothing when it is silent', async () => {
    expect(await linesAt('silent')).toEqual([]);
  });

  it.each(LOG_LEVELS)('knows the level %s', (level) => {
    expect(createLogger(level)).toMatchObject({ level });
  });
});

describe('logExecutions', () => {
  function told(...bodies: readonly Partial<ExecutionEvent>[]) {
    const { logger, lines, children } = recordingLogger();
    const tell = logExecutions(logger);
    bodies.forEach((body, i) => {
      tell({ executionId: 'e', sequence: i + 1, time: i, ...body } as RuntimeEvent);
    });
    return { lines, children };
  }

  const started = {
    type: 'execution.started',
    pipeline: 'audit',
    input: { password: 'p' },
    priority: 0,
  } as const;

  it('says of an execution when it starts and how it ends, without its input', () => {
    const { lines } = told(started, { type: 'execution.completed', output: 5 });
    expect(lines).toEqual([
      {
        level: 'info',
        fields: { execution: 'e', pipeline: 'audit' },
        message: 'execution started',
      },
      { level: 'info', fields: { execution: 'e' }, message: 'execution completed' },
    ]);
  });

  it.each<[Partial<ExecutionEvent>, string, string, object]>([
    [{ type: 'execution.cancelled', reason: 'why' }, 'info', 'execution cancelled', {}],
    [{ type: 'execution.failed', error }, 'error', 'execution failed', { error }],
    [{ type: 'execution.timed_out', error }, 'error', 'execution timed out', { error }],
    [{ type: 'step.completed', step: 's', output: 5 }, 'debug', 'step completed', { step: 's' }],
    [
      { type: 'step.failed', step: 's', attempt: 2, error },
      'warn',
      'step failed',
      { step: 's', error },
    ],
    [
      { type: 'step.retrying', step: 's', attempt: 1, delay: 5, error },
      'warn',
      'step failed and will be tried again',
      { step: 's', attempt: 1, delay: 5, error },
    ],
  ])('says %o at %s', (body, level, message, fields) => {
    const { lines } = told(body);
    expect(lines).toEqual([{ level, message, fields: { execution: 'e', ...fields } }]);
  });

  it.each<RuntimeEvent>([
    { type: 'execution.paused', executionId: 'e', sequence: 1, time: 0 },
    { type: 'step.started', step: 's', executionId: 'e', sequence: 1, time: 0 },
    { type: 'worker.ready', worker: 'w', time: 0 },
    { type: 'task.progress', executionId: 'e', step: 's', value: 1, time: 0 },
  ])('says nothing of $type', (event) => {
    const { logger, lines } = recordingLogger();
    logExecutions(logger)(event);
    expect(lines).toEqual([]);
  });

  it('says that a function of a cache threw', () => {
    const { logger, lines } = recordingLogger();
    const failure = { task: 'files.hash', callback: 'tags', error };
    logExecutions(logger)({ type: 'cache.callback_failed', ...failure, time: 0 });
    const message = 'a function of a cache threw';
    expect(lines).toEqual([{ level: 'error', fields: failure, message }]);
  });

  it('makes one child logger for each execution that is under way, and lets it go', () => {
    const { children } = told(
      started,
      { type: 'step.completed', step: 's' },
      { ...started, executionId: 'f' },
      { type: 'execution.completed', output: 1 },
      { type: 'execution.timed_out', executionId: 'f', error },
      started,
      { ...started, executionId: 'f' },
    );
    expect(children).toEqual(['e', 'f', 'e', 'f'].map((execution) => ({ execution })));
  });
});

describe('what is logged of breakers', () => {
  const base = { breaker: 'mail', time: 0 } as const;

  it.each<[RuntimeEvent, string, string, object]>([
    [
      { ...base, type: 'breaker.opened', retryAfter: 5, breaks: 2 },
      'warn',
      'breaker opened',
      { retryAfter: 5, breaks: 2 },
    ],
    [{ ...base, type: 'breaker.closed' }, 'info', 'breaker closed', {}],
    [{ ...base, type: 'breaker.isolated' }, 'info', 'breaker isolated', {}],
    [{ ...base, type: 'breaker.disabled' }, 'info', 'breaker disabled', {}],
    [{ ...base, type: 'breaker.metrics_only' }, 'info', 'breaker metrics only', {}],
    [
      { ...base, type: 'breaker.callback_failed', callback: 'isFailure', error },
      'error',
      'a function of a breaker threw',
      { callback: 'isFailure', error },
    ],
  ])('says %o at %s', (event, level, message, fields) => {
    const { logger, lines } = recordingLogger();
    logBreakers(logger)(event);
    expect(lines).toEqual([{ level, message, fields: { breaker: 'mail', ...fields } }]);
  });

  it.each<RuntimeEvent>([
    { ...base, type: 'breaker.half_opened' },
    { type: 'worker.ready', worker: 'w', time: 0 },
  ])('says nothing of $type', (event) => {
    const { logger, lines } = recordingLogger();
    logBreakers(logger)(event);
    expect(lines).toEqual([]);
  });
});
