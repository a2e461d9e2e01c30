import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { failable } from '../../src/testing/index.ts';
import { rejection } from '../support/rejection.ts';

/** What tools that listen to `node:diagnostics_channel` are told, on real threads. */

const { failable: task } = failable;
const left: (() => void)[] = [];

function listen(name: string): Record<string, unknown>[] {
  const heard: Record<string, unknown>[] = [];
  const listener = (message: unknown) => void heard.push(message as Record<string, unknown>);
  subscribe(name, listener);
  left.push(() => unsubscribe(name, listener));
  return heard;
}

afterEach(() => {
  for (const leave of left.splice(0)) leave();
});

describe('tracing tools', () => {
  it('are told of a task at its start and its end, with the same object', async () => {
    await using runtime = await createRuntime({ tasks: [failable], threads: 1 });
    const started = listen('tracing:troupe:task:start');
    const ended = listen('tracing:troupe:task:asyncEnd');
    const failures = listen('tracing:troupe:task:error');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await runtime.run(task, { fate: 'ok', value: 5 }, { trace: { traceparent } });
    expect(started).toMatchObject([
      { task: 'failable.failable', worker: 'worker-1', step: 'task', attempt: 1, traceparent },
    ]);
    expect(ended[0]).toBe(started[0]);
    expect(ended).toMatchObject([{ result: 5 }]);
    expect(ended[0]?.run).toBeGreaterThanOrEqual(0);
    expect(ended[0]?.wait).toBeGreaterThanOrEqual(0);
    const error = await rejection(runtime.run(task, { fate: 'throw' }), 'TaskFailed');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBe(ended[1]);
    expect(failures[0]).toMatchObject({ error: { message: error.message } });
  });

  it('are told of a task that dies with its thread, and of all that happens', async () => {
    await using runtime = await createRuntime({ tasks: [failable], threads: 1 });
    const failures = listen('tracing:troupe:task:error');
    const events = listen('troupe:event');
    await rejection(runtime.run(task, { fate: 'exit' }), 'WorkerExited');
    expect(failures).toMatchObject([{ error: { code: 'WorkerExited' } }]);
    const types = events.map(({ type }) => type);
    expect(types).toContain('execution.failed');
    expect(types).toContain('worker.exited');
  });
});
