import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { failable } from '../../src/testing/index.ts';
import { type Command, runProgram } from '../cli/command.ts';
import { type Gate, openGate } from '../http/fixtures/gate.ts';

const EMBEDDER = new URL('./fixtures/embedder.ts', import.meta.url);

let gate: Gate;
beforeEach(async () => {
  gate = await openGate();
});
afterEach(() => gate[Symbol.asyncDispose]());

/** What waits in it waits at the gate of the test. */
const embedder = (plan: object) =>
  runProgram(EMBEDDER, [JSON.stringify({ port: gate.port, ...plan })]);

/** The last line of this event. */
function line(command: Command, event: string): Record<string, unknown> | undefined {
  const lines = command.stdout.trim().split('\n');
  return lines.map((text) => JSON.parse(text)).findLast((told) => told.event === event);
}

const exit = { exit: true };
/** Milliseconds; a test that waits for it fails. */
const LONG = 600_000;

describe('an embedder’s program that heeds signals', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'F21 on %s under load takes nothing new, finishes what it has accepted, and exits with 0',
    async (signal) => {
      await using command = embedder({ options: { signals: exit }, load: 'passes' });
      await command.says('"under way"');
      command.kill(signal);
      expect(await command.exit).toEqual({ code: 0, signal: null });
      expect(line(command, 'shutdown')).toMatchObject({ reason: signal });
      const count = line(command, 'count') as Record<'accepted' | 'journal', number>;
      expect(count.accepted).toBeGreaterThan(8);
      expect(count).toMatchObject({
        ...{ completed: count.accepted, journal: count.accepted, open: 0 },
        failed: { RuntimeClosed: 8 },
      });
    },
  );

  it('F21 records what does not finish as interrupted, and exits with 0', async () => {
    const options = { signals: exit, shutdownTimeout: 1_500, grace: 50 };
    await using command = embedder({ options, load: 'waits' });
    // It has two threads: as much as can be begun has begun.
    await Promise.all([gate.next(), gate.next()]);
    command.kill('SIGTERM');
    expect(await command.exit).toEqual({ code: 0, signal: null });
    expect(line(command, 'count')).toMatchObject({
      ...{ accepted: 8, journal: 8, open: 0, completed: 0, failed: { ExecutionCancelled: 8 } },
    });
  });

  it.each([
    ['SIGTERM', 'SIGINT'],
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
  ] as const)('F22 ends at once on %s and then %s', async (first, second) => {
    const options = { signals: exit, shutdownTimeout: LONG };
    // Past the time in which a signal that comes again is npm's echo of the first.
    const leap = first === second ? 400 : 0;
    await using command = embedder({ options, leap, load: 'waits' });
    await Promise.all([gate.next(), gate.next()]);
    command.kill(first);
    await command.says('"shutdown"');
    command.kill(second);
    expect(await command.exit).toEqual({ code: null, signal: second });
    expect(line(command, 'count')).toBeUndefined();
  });

  it('F23 ends in order when the signal comes as it starts', async () => {
    await using command = embedder({ options: { signals: exit }, late: true });
    await signalAtStart(command);
    expect(await command.exit).toEqual({ code: 0, signal: null });
    expect(line(command, 'up')).toBeUndefined();
  });

  it('F23 does not start, and leaves its exit code to the program, without being told to exit', async () => {
    await using command = embedder({ options: { signals: true }, late: true });
    await signalAtStart(command);
    expect(await command.exit).toEqual({ code: 0, signal: null });
    expect(line(command, 'not started')).toMatchObject({ code: 'RuntimeClosed' });
  });

  it('F23 joins the shutdown that is under way', async () => {
    await using command = embedder({ options: { signals: exit }, shutdown: 'waits' });
    const task = await gate.next();
    command.kill('SIGTERM');
    await command.says('"signal"');
    task.release('over');
    expect(await command.exit).toEqual({ code: 0, signal: null });
    expect(command.stdout.split('"shutdown"')).toHaveLength(2);
    expect(line(command, 'report')).toMatchObject({ reason: 'by itself' });
  });

  it('exits with 124 when a task of its shutdown was cut short', async () => {
    const options = { signals: true, shutdownTimeout: LONG };
    await using command = embedder({ options, shutdown: 'hangs', hurry: 300 });
    await command.says('"shutdown"');
    command.kill('SIGTERM');
    expect(await command.exit).toEqual({ code: 124, signal: null });
  });

  it('F3 is killed at its deadline, flushed, when a native call holds a thread', async () => {
    const options = { signals: exit, shutdownTimeout: 1_500, grace: 100, logLevel: 'info' };
    await using command = embedder({ options, hold: true });
    // The call does not return: whoever waited for it would wait for ever.
    await gate.next();
    command.kill('SIGTERM');
    expect(await command.exit).toEqual({ code: null, signal: 'SIGKILL' });
    expect(line(command, 'count')).toMatchObject({ accepted: 1, journal: 1, open: 0 });
    expect(command.stdout).toContain('"msg":"execution cancelled"');
  });
});

describe('an embedder’s program that is not told to exit', () => {
  it('F3 is not killed, and ends with 124 when the native call has returned', async () => {
    const options = { signals: true, shutdownTimeout: 500, grace: 50 };
    await using command = embedder({ options, hold: true });
    const call = await gate.next();
    command.kill('SIGTERM');
    await command.says('"report"');
    call.release('over');
    expect(await command.exit).toEqual({ code: 124, signal: null });
  });
});

/** Sends a SIGTERM while the threads load their tasks, and lets them go on once it is heard. */
async function signalAtStart(command: Command): Promise<void> {
  const loading = [await gate.next(), await gate.next()];
  command.kill('SIGTERM');
  await command.says('"signal"');
  for (const thread of loading) thread.release('go on');
}

describe('the signals of a runtime', () => {
  const listeners = () => ['SIGTERM', 'SIGINT'].map((name) => process.listenerCount(name));

  it('are left alone unless it is told to heed them', async () => {
    const before = listeners();
    await using runtime = await createRuntime({ tasks: [failable], threads: 1 });
    expect(listeners()).toEqual(before);
    await runtime.shutdown();
  });

  it('are heeded until its shutdown is over', async () => {
    const before = listeners();
    const runtime = await createRuntime({ tasks: [failable], threads: 1, signals: true });
    expect(listeners()).toEqual(before.map((count) => count + 1));
    let during: number[] = [];
    runtime.onShutdown('closing', 'count', () => {
      during = listeners();
    });
    await runtime.shutdown();
    expect(during).toEqual(before.map((count) => count + 1));
    expect(listeners()).toEqual(before);
  });

  it('are left alone again when its start fails', async () => {
    const before = listeners();
    const tasks = [failable, failable];
    await expect(createRuntime({ tasks, signals: true })).rejects.toThrow('two task modules');
    const never = new URL('./fixtures/throws.mjs', import.meta.url);
    const { taskModule } = await import('../../src/index.ts');
    const bad = [taskModule('bad', never)];
    await expect(createRuntime({ tasks: bad, threads: 1, signals: true })).rejects.toThrow();
    expect(listeners()).toEqual(before);
  });
});
