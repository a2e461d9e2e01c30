import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import threads from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ExitReason } from '../../src/model/index.ts';
import { openPlace, type SessionSettings } from '../../src/pool/carrier.ts';
import type { PlaceOptions } from '../../src/pool/pool-options.ts';
import { ThreadCarrier } from '../../src/pool/thread-carrier.ts';
import { recordingLogger } from '../support/recording-logger.ts';

/** Threads that Node does not start, whoever asks for them, and those that end before their session begins. */

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

function place(options: PlaceOptions = {}) {
  process.on('unhandledRejection', note);
  const carrier = new ThreadCarrier(options, recordingLogger().logger);
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
    const { carrier, open } = place({ execArgv: ['--no-such'] });
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

describe('a thread whose heap is bounded', () => {
  it.each([
    [{ maxOldGenerationSizeMb: 64 }, 16],
    [{ maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 24 }, 24],
  ])('has a small part of it for what is born: %j', async (resourceLimits, young) => {
    const { carrier, open } = place({ resourceLimits });
    const limits: unknown[] = [];
    const note = (worker: threads.Worker) => void limits.push(worker.resourceLimits);
    process.on('worker', note);
    const { greeted, carried, ended } = open();
    await greeted;
    process.off('worker', note);
    carried.kill();
    await ended;
    carried.transport.close();
    await carrier.destroy();
    const expected = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: young };
    expect(limits).toEqual([expect.objectContaining(expected)]);
  });
});

/** A thread runs this before anything else. */
const first = (code: string) => ['--import', `data:text/javascript,${encodeURIComponent(code)}`];

describe('a thread that dies before its session begins', () => {
  it.each([
    [
      'throws',
      'throw new Error("no licence")',
      { kind: 'error', error: { message: 'no licence' } },
    ],
    ['exits', 'process.exit(5)', { kind: 'exited', error: { message: /code: 5/ } }],
  ])('is told of at once, with its cause: it %s', async (_, code, reason) => {
    const { carrier, open } = place({ execArgv: first(code) });
    const { told, ended, carried } = open();
    const { kind, error } = (await ended) as { kind: string; error: Error };
    expect(kind).toBe(reason.kind);
    expect(error.message).toMatch(reason.error.message);
    carried.kill();
    carried.transport.close();
    await carrier.destroy();
    await settled();
    expect([told.length, carrier.zombies, unhandled]).toEqual([1, 0, []]);
  });

  it('is told of at once, with its cause: it fills its heap', async () => {
    const execArgv = first('const all = []; for (;;) all.push(new Array(100_000).fill({}));');
    const { carrier, open } = place({ execArgv, resourceLimits: { maxOldGenerationSizeMb: 16 } });
    const { ended, carried } = open();
    expect(await ended).toMatchObject({ kind: 'out_of_memory' });
    carried.transport.close();
    await carrier.destroy();
  });

  it('takes one session with it, and leaves the others their threads', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'troupe-'));
    const bullet = join(directory, 'bullet');
    writeFileSync(bullet, '');
    // Whoever takes it dies of it.
    const code = `import { unlinkSync } from 'node:fs';
      let hit = true;
      try { unlinkSync(${JSON.stringify(bullet)}); } catch { hit = false; }
      if (hit) process.exit(5);`;
    const { carrier, open } = place({ execArgv: first(code) });
    const places = [open(), open(), open()];
    await Promise.all(places.map(({ greeted, ended }) => Promise.race([greeted, ended])));
    await settled();
    const dead = places.filter(({ told }) => told.length > 0);
    expect(dead.map(({ told }) => told)).toEqual([[{ kind: 'exited', error: expect.any(Error) }]]);
    for (const { carried } of places) carried.kill();
    for (const { ended, carried } of places) {
      await ended;
      carried.transport.close();
    }
    await carrier.destroy();
    await settled();
    expect([places.map(({ told }) => told.length), unhandled]).toEqual([[1, 1, 1], []]);
    rmSync(directory, { recursive: true });
  });
});
