import { describe, expect, it } from 'vitest';
import {
  PROTOCOL_VERSION,
  SharedSlot,
  sharedSlots,
  WorkerKind,
  type WorkerMessage,
} from '../../src/ipc/index.ts';
import { taskReference } from '../../src/model/index.ts';
import { HangWatch } from '../../src/pool/hang-watch.ts';
import { type Carrier, WorkerPool } from '../../src/pool/index.ts';
import { Pulse, type Work } from '../../src/pool/pulse.ts';
import type { SessionLink } from '../../src/pool/session-link.ts';
import type { Clock, Job } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const work: Job = {
  task: taskReference('m', 'work'),
  input: 1,
  priority: 0,
  executionId: 'e',
  ticket: undefined,
  timeout: 0,
  succeeded() {},
  failed() {},
  progressed() {},
};

function pulsed(host: Clock) {
  const shared = sharedSlots(1);
  const up = (slot: number) => () => shared.store(slot, shared.load(slot) + 1);
  const [beat, start] = [up(SharedSlot.heartbeat), up(SharedSlot.started)];
  return { beat, start, pulse: new Pulse(shared, host) };
}

/** The clock of a process whose timers can be late. */
class Host implements Clock {
  stoodStill = 0;
  readonly wallTime = () => 0;
  readonly setTimeout: Clock['setTimeout'];
  readonly clearTimeout: Clock['clearTimeout'];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.setTimeout = (fn, ms) => clock.setTimeout(fn, ms);
    this.clearTimeout = (handle) => clock.clearTimeout(handle);
  }

  now(): number {
    return this.#clock.now() + this.stoodStill;
  }
}

describe('the silence of a worker', () => {
  it('lasts from when its heartbeat was seen last', async () => {
    const clock = new VirtualClock();
    const { beat, pulse } = pulsed(clock);
    expect(pulse.silence).toBe(0);
    await clock.advance(300);
    expect(pulse.silence).toBe(300);
    beat();
    expect(pulse.silence).toBe(0);
    await clock.advance(700);
    expect(pulse.silence).toBe(700);
  });

  it('is not that of a host that could not look', async () => {
    const clock = new VirtualClock();
    const { beat, pulse } = pulsed(clock);
    beat();
    expect(pulse.silence).toBe(0);
    beat();
    await clock.advance(5_000);
    expect(pulse.silence).toBe(0);
  });

  it('can be forgiven', async () => {
    const clock = new VirtualClock();
    const { pulse } = pulsed(clock);
    await clock.advance(300);
    pulse.forgive();
    await clock.advance(100);
    expect(pulse.silence).toBe(100);
  });
});

describe('how long a worker has stood still', () => {
  const atWork = { isAtWork: true, stretches: 1 };

  it('counts from when its next heartbeat was due: it may have turned until then', async () => {
    const clock = new VirtualClock();
    const { beat, pulse } = pulsed(clock);
    pulse.standstill(atWork);
    await clock.advance(300);
    beat();
    expect(pulse.standstill(atWork)).toBe(-250);
    await clock.advance(1_100);
    expect(pulse.standstill(atWork)).toBe(850);
  });

  it.each<[string, (start: () => void) => Work]>([
    ['it had nothing to do', () => ({ isAtWork: false, stretches: 1 })],
    ['it was given work when it had none', () => ({ isAtWork: true, stretches: 2 })],
    [
      'it started another task',
      (start) => {
        start();
        return atWork;
      },
    ],
  ])('counts from no earlier than when %s', async (_, change) => {
    const clock = new VirtualClock();
    const { start, pulse } = pulsed(clock);
    pulse.standstill(atWork);
    await clock.advance(2_000);
    const work = change(start);
    expect(pulse.standstill(work)).toBe(0);
    await clock.advance(400);
    expect(pulse.standstill({ ...work, isAtWork: true })).toBe(400);
  });

  it('is no matter of its silence, of which its health is told', async () => {
    const clock = new VirtualClock();
    const { pulse } = pulsed(clock);
    await clock.advance(2_000);
    expect(pulse.standstill({ isAtWork: false, stretches: 0 })).toBe(0);
    expect(pulse.silence).toBe(2_000);
  });
});

describe('the watch for workers that hang', () => {
  function watched() {
    const clock = new VirtualClock();
    const host = new Host(clock);
    const links = new Set<SessionLink>();
    const hung: string[] = [];
    const link = (worker: string, greeted = true) => {
      const { beat, pulse } = pulsed(host);
      const listener = { hung: () => hung.push(worker) };
      const work = { isAtWork: true, stretches: 1 };
      const made = Object.assign(work, { worker, greeted, pulse, listener });
      links.add(made as unknown as SessionLink);
      return { beat, work, made: made as unknown as SessionLink };
    };
    return { clock, host, links, hung, link, watch: new HangWatch(host, links, 1_000) };
  }

  it('tells of those without a sign of life, and of no other', async () => {
    const { clock, hung, link, watch } = watched();
    const alive = link('alive');
    link('dead');
    link('not there yet', false);
    watch.watch();
    for (let quarter = 0; quarter < 4; quarter++) {
      await clock.advance(250);
      alive.beat();
    }
    expect(hung).toEqual([]);
    await clock.advance(250);
    expect(hung).toEqual(['dead']);
  });

  it('tells of none that has nothing to do, and gives it the whole time for what it gets', async () => {
    const { clock, hung, link, watch } = watched();
    const { work } = link('blocked by what is no task');
    work.isAtWork = false;
    watch.watch();
    await clock.advance(5_100);
    expect(hung).toEqual([]);
    Object.assign(work, { isAtWork: true, stretches: 2 });
    await clock.advance(1_000);
    expect(hung).toEqual([]);
    await clock.advance(250);
    expect(hung).toEqual(['blocked by what is no task']);
  });

  it('blames nobody when it could not look itself', async () => {
    const { clock, host, hung, link, watch } = watched();
    link('dead');
    watch.watch();
    await clock.advance(250);
    host.stoodStill = 5_000;
    await clock.advance(1_250);
    expect(hung).toEqual([]);
    await clock.advance(250);
    expect(hung).toEqual(['dead']);
  });

  it('ends with the workers, or when it is told to', async () => {
    const { clock, hung, link, links, watch } = watched();
    watch.watch();
    const { made } = link('dead');
    watch.watch();
    watch.stop();
    await clock.advance(5_000);
    expect(hung).toEqual([]);
    watch.watch();
    links.delete(made);
    await clock.advance(5_000);
    expect(hung).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('a pool whose workers take long to start', () => {
  const settings = { threads: 1, modules: [], hangTimeout: 1_000, sink: { publish() {} } };
  const listener = { overdue() {}, yielded() {}, emptied() {}, worn() {}, broken() {}, ready() {} };

  function started() {
    const clock = new VirtualClock();
    const hellos: (() => void)[] = [];
    const hung: string[] = [];
    const carrier: Carrier = {
      open() {
        const receive = (take: (batch: readonly WorkerMessage[]) => void) => {
          hellos.push(() => take([[WorkerKind.hello, PROTOCOL_VERSION, [['m.work', 0, 0]]]]));
        };
        const transport = {
          write: () => false,
          flush() {},
          receive,
          poll: () => false,
          overhear: () => false,
          close() {},
        };
        return { transport, shared: sharedSlots(1), kill() {} };
      },
      zombies: 0,
      destroy: async () => {},
    };
    const { logger } = recordingLogger();
    const pool = new WorkerPool({ ...settings, carrier, clock, logger });
    for (const worker of ['worker-1', 'worker-2']) {
      pool.open(worker, { ...listener, hung: () => hung.push(worker), exited() {} });
    }
    return { clock, pool, hellos, hung };
  }

  it('counts from when each of them took tasks', async () => {
    const { clock, pool, hellos, hung } = started();
    hellos[0]?.();
    await clock.advance(1_900);
    hellos[1]?.();
    pool.broadcast(() => ({ ...work }));
    await clock.advance(1_100);
    expect(hung).not.toContain('worker-2');
    await clock.advance(400);
    expect(hung).toContain('worker-2');
    await pool.destroy();
  });

  it('says nothing of their silence before', async () => {
    const { clock, pool, hellos } = started();
    await clock.advance(40_000);
    hellos[0]?.();
    expect(pool.silences).toEqual([{ worker: 'worker-1', silence: 0 }]);
  });
});
