import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  HostKind,
  type HostMessage,
  messagePortTransport,
  PROTOCOL_VERSION,
  SharedSlot,
  sharedSlots,
  WorkerKind,
  type WorkerMessage,
} from '../../src/ipc/index.ts';
import type { TaskModuleSource } from '../../src/model/index.ts';
import runSession, { type SessionInput } from '../../src/worker/entry.ts';

const ENTRY = new URL('../../src/worker/source-entry.cjs', import.meta.url).href;

function modules(files: Readonly<Record<string, string>>): TaskModuleSource[] {
  return Object.entries(files).map(([name, file]) => ({
    name,
    url: new URL(`./fixtures/${file}`, import.meta.url).href,
  }));
}

/** Both ends of what a session is started with. */
function connect(files: Readonly<Record<string, string>>) {
  const { port1, port2 } = new MessageChannel();
  const shared = sharedSlots(1);
  const transport = messagePortTransport<HostMessage, WorkerMessage>(port1);
  const heard: WorkerMessage[] = [];
  let wake = () => {};
  transport.receive(
    (batch) => {
      heard.push(...batch);
      wake();
    },
    (error) => expect.fail(error.message),
  );
  const next = async <K extends WorkerMessage[0]>(kind: K) => {
    for (;;) {
      const at = heard.findIndex(([other]) => other === kind);
      if (at >= 0)
        return heard.splice(at, 1)[0] as Extract<WorkerMessage, readonly [K, ...unknown[]]>;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const input: SessionInput = {
    port: port2,
    modules: modules(files),
    shared: shared.memory,
    concurrency: 1,
  };
  const send = (...messages: readonly HostMessage[]) => {
    for (const message of messages) transport.write(message);
    transport.flush();
  };
  return { input, next, send, port: port1, heard };
}

describe('a session on this thread', () => {
  it('says hello with its tasks, runs them, and says goodbye', async () => {
    const { input, next, send } = connect({ a: 'default-object.mjs', b: 'both.mjs' });
    const ended = runSession(input);
    const [, version, tasks] = await next(WorkerKind.hello);
    expect(version).toBe(PROTOCOL_VERSION);
    expect(tasks).toEqual([
      ['a.hash', 0, 0],
      ['b.hash', 1, 0],
      ['b.other', 0, 0],
    ]);
    send([HostKind.run, 1, 2, 'x', 0], [HostKind.close, 0]);
    const [, job, output, elapsed] = await next(WorkerKind.result);
    expect([job, output]).toEqual([1, 'other x']);
    expect(elapsed).toBeGreaterThanOrEqual(0);
    await next(WorkerKind.goodbye);
    await ended;
  });

  it('has a heartbeat in shared memory until it ends', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { input, next, send } = connect({ a: 'both.mjs' });
      const beats = () => Atomics.load(input.shared, SharedSlot.heartbeat);
      const ended = runSession(input);
      await next(WorkerKind.hello);
      expect(beats()).toBe(0);
      Atomics.store(input.shared, SharedSlot.utilisation, -1);
      vi.advanceTimersByTime(1_000);
      expect(beats()).toBe(4);
      const busy = Atomics.load(input.shared, SharedSlot.utilisation);
      expect(busy).toBeGreaterThanOrEqual(0);
      expect(busy).toBeLessThanOrEqual(1_000);
      send([HostKind.close, 0]);
      await ended;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('says why it cannot start, and ends', async () => {
    const { input, next, heard } = connect({ good: 'both.mjs', bad: 'throws.mjs' });
    await runSession(input);
    const [, error] = await next(WorkerKind.refused);
    expect(error).toMatchObject({
      name: 'TroupeError',
      code: 'TaskModuleNotLoaded',
      details: { module: 'bad' },
      cause: { name: 'RangeError', message: 'no license for this machine' },
    });
    expect(heard).toEqual([]);
  });
});

describe('a session in a thread of its own', () => {
  const threads: Worker[] = [];

  afterEach(async () => {
    await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
  });

  /** Where Node itself loads the modules, not the test runner. */
  function open(files: Readonly<Record<string, string>>) {
    const { input, ...host } = connect(files);
    const code = `
      const { workerData } = require('node:worker_threads');
      import(${JSON.stringify(ENTRY)}).then((entry) => entry.default(workerData));
    `;
    threads.push(new Worker(code, { eval: true, workerData: input, transferList: [input.port] }));
    return host;
  }

  it('loads modules of every kind', async () => {
    const { next, send } = open({
      esm: 'esm.mjs',
      common: 'common.cjs',
      interop: 'interop.cjs',
      one: 'one-function.cjs',
      object: 'default-object.mjs',
      ts: 'typed.ts',
      cts: 'typed.cts',
    });
    const [, , tasks] = await next(WorkerKind.hello);
    const calls: [string, unknown, unknown][] = [
      ['esm.plain', 1, 'plain 1'],
      ['esm.patient', 1, 'patient 1'],
      ['esm.arrow', 1, [1, 'esm.arrow']],
      ['esm.default', 1, 'main 1'],
      ['common.double', 4, 8],
      ['interop.named', 1, 'named 1'],
      ['interop.default', 1, 'default 1'],
      ['one.default', 1, 'only 1'],
      ['object.hash', 1, 'hash 1'],
      ['ts.shout', { text: 'aBc' }, 'ABC'],
      ['ts.whoAmI', 1, 'ts.whoAmI'],
      ['cts.whisper', { text: 'aBc' }, 'abc'],
    ];
    send(
      ...calls.map(([id, input], i): HostMessage => {
        const index = tasks.findIndex(([task]) => task === id);
        return [HostKind.run, i + 1, index, input, 0];
      }),
    );
    for (const [, , output] of calls) expect((await next(WorkerKind.result))[2]).toEqual(output);
    send([HostKind.close, 0]);
    await next(WorkerKind.goodbye);
  });

  it.each([
    ['cannot be parsed', 'broken.mjs', /Unexpected token/],
    ['cannot be parsed, in CommonJS', 'broken.cjs', /Unexpected/],
    ['throws when it is evaluated', 'throws.mjs', /no license/],
    ['throws nothing', 'throws-nothing.mjs', /: null$/],
    ['is not there', 'missing.ts', /missing\.ts/],
  ])('says why a module does not load that %s', async (_, file, why) => {
    const { next } = open({ bad: file });
    const [, error] = await next(WorkerKind.refused);
    expect(error).toMatchObject({ code: 'TaskModuleNotLoaded', details: { module: 'bad' } });
    expect(error.message).toMatch(why);
  });
});
