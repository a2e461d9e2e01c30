import { describe, expect, it } from 'vitest';
import { SharedSlot, sharedSlots } from '../../src/ipc/index.ts';
import { HangWatch } from '../../src/pool/hang-watch.ts';
import { Pulse } from '../../src/pool/pulse.ts';
import type { SessionLink } from '../../src/pool/session-link.ts';
import type { Clock } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';

function pulsed(host: Clock) {
  const shared = sharedSlots(1);
  const beat = () => shared.store(SharedSlot.heartbeat, shared.load(SharedSlot.heartbeat) + 1);
  return { beat, pulse: new Pulse(shared, host) };
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

describe('the watch for workers that hang', () => {
  function watched() {
    const clock = new VirtualClock();
    const host = new Host(clock);
    const links = new Set<SessionLink>();
    const hung: string[] = [];
    const link = (worker: string, greeted = true) => {
      const { beat, pulse } = pulsed(host);
      const listener = { hung: () => hung.push(worker) };
      const made = { worker, greeted, pulse, listener } as unknown as SessionLink;
      links.add(made);
      return { beat, made };
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
