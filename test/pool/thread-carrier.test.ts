import threads from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ExitReason } from '../../src/model/index.ts';
import { openPlace, type SessionSettings } from '../../src/pool/carrier.ts';
import { ThreadCarrier } from '../../src/pool/thread-carrier.ts';
import { recordingLogger } from '../support/recording-logger.ts';

/** Threads that Node does not start, whoever asks for them. */

const SETTINGS: SessionSettings = { modules: [], concurrency: 1 };

const REFUSAL = { kind: 'handshake_failed', error: { code: 'ERR_WORKER_INIT_FAILED' } };

/** As the system does that has no more threads. */
function refuseOne(): void {
  vi.spyOn(threads, 'Worker').mockImplementationOnce(function refuse() {
    throw Object.assign(new Error('EAGAIN'), REFUSAL.error);
  });
}

const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);

function place(execArgv?: readonly string[]) {
  process.on('unhandledRejection', note);
  const carrier = new ThreadCarrier({ execArgv }, recordingLogger().logger);
  const open = () => {
    const told: (ExitReason | undefined)[] = [];
    let tell: (reason: ExitReason | undefined) => void = () => {};
    const ended = new Promise<ExitReason | undefined>((resolve) => {
      tell = resolve;
    });
    const carried = openPlace(carrier, SETTINGS, (reason) => {
      told.push(reason);
      tell(reason);
    });
    const greeted = new Promise<void>((resolve) => {
      carried.transport.receive(
        () => resolve(),
        () => {},
        () => {},
      );
    });
    return { told, carried, ended, greeted };
  };
  return { carrier, open };
}

/** Whatever was rejected by then, and heard by nobody, has been told of. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => {
  vi.restoreAllMocks();
  process.off('unhandledRejection', note);
  unhandled.length = 0;
});

describe('a thread that Node refuses', () => {
  it('is the end of its place, told once and not before it was opened', async () => {
    const { carrier, open } = place(['--no-such']);
    const { told, ended, carried } = open();
    expect(told).toEqual([]);
    const cause = { code: 'ERR_WORKER_INVALID_EXEC_ARGV' };
    expect(await ended).toMatchObject({ kind: 'handshake_failed', error: cause });
    carried.kill();
    carried.transport.close();
    await carrier.destroy();
    await settled();
    expect(told).toHaveLength(1);
    expect(unhandled).toEqual([]);
  });

  it('leaves nothing behind for the next one', async () => {
    const { carrier, open } = place();
    refuseOne();
    const refused = open();
    expect(await refused.ended).toMatchObject(REFUSAL);
    vi.restoreAllMocks();
    const started: unknown[] = [];
    const count = (worker: unknown) => void started.push(worker);
    process.on('worker', count);
    const next = open();
    await next.greeted;
    expect(started).toHaveLength(1);
    next.carried.kill();
    expect(await next.ended).toMatchObject({ kind: 'error' });
    await carrier.destroy();
    await settled();
    process.off('worker', count);
    expect(started).toHaveLength(1);
    expect([refused.told.length, next.told.length, carrier.zombies]).toEqual([1, 1, 0]);
    expect(unhandled).toEqual([]);
    refused.carried.transport.close();
    next.carried.transport.close();
  });

  it('does not keep the others from ending, whether they have begun or not', async () => {
    const { carrier, open } = place();
    const running = open();
    await running.greeted;
    const beginning = open();
    refuseOne();
    const refused = open();
    await carrier.destroy();
    await Promise.all([running.ended, beginning.ended]);
    expect(await refused.ended).toMatchObject(REFUSAL);
    await settled();
    expect(unhandled).toEqual([]);
    for (const { told, carried } of [running, beginning, refused]) {
      expect(told).toHaveLength(1);
      carried.transport.close();
    }
  });
});
