import { createHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { type LoopMeter, SystemVitals } from '../../src/runtime/system-vitals.ts';
import { until } from '../support/until.ts';

/** What Node counts as the delay of an event loop that is never late, milliseconds. */
const RESOLUTION = 20;

/** An event loop in the test's hand: how long it was away, at work and at rest, milliseconds. */
class Loop implements LoopMeter {
  readonly #delays = createHistogram();
  #isWatched = false;
  readonly #spent = { active: 0, idle: 0 };

  readonly monitorEventLoopDelay = () =>
    Object.assign(this.#delays, {
      enable: () => this.#switch(true),
      disable: () => this.#switch(false),
    });

  readonly eventLoopUtilization = (
    now?: Parameters<LoopMeter['eventLoopUtilization']>[0],
    before?: Parameters<LoopMeter['eventLoopUtilization']>[1],
  ) =>
    now === undefined
      ? { ...this.#spent, utilization: Number.NaN }
      : performance.eventLoopUtilization(now, before);

  turn(late: number): void {
    if (this.#isWatched) this.#delays.record((RESOLUTION + late) * 1e6);
  }

  spend({ active = 0, idle = 0 }: { active?: number; idle?: number }): void {
    this.#spent.active += active;
    this.#spent.idle += idle;
  }

  #switch(isWatched: boolean): boolean {
    const changes = isWatched !== this.#isWatched;
    this.#isWatched = isWatched;
    return changes;
  }
}

describe('what Node measures', () => {
  it('of the event loop is how late it was since it was asked last', () => {
    const loop = new Loop();
    const vitals = new SystemVitals(loop);
    expect(vitals.eventLoopDelay()).toBe(0);
    vitals.start();
    for (const late of [0, 300, 0]) loop.turn(late);
    expect(vitals.eventLoopDelay()).toBeCloseTo(300, 0);
    expect(vitals.eventLoopDelay()).toBe(0);
    loop.turn(300);
    vitals.stop();
    loop.turn(500);
    vitals.start();
    expect(vitals.eventLoopDelay()).toBe(0);
    loop.turn(7);
    expect(vitals.eventLoopDelay()).toBeCloseTo(7, 0);
  });

  it('of its utilisation is the share of work, once there is enough to tell', () => {
    const loop = new Loop();
    const vitals = new SystemVitals(loop);
    loop.spend({ active: 1_000 });
    vitals.start();
    expect(vitals.eventLoopUtilization()).toBe(0);
    loop.spend({ active: 100 });
    expect(vitals.eventLoopUtilization()).toBe(1);
    loop.spend({ active: 50, idle: 150 });
    expect(vitals.eventLoopUtilization()).toBe(0.25);
    loop.spend({ active: 99 });
    expect(vitals.eventLoopUtilization()).toBe(0);
  });

  it('is of the loop that the process has', async () => {
    const vitals = new SystemVitals();
    vitals.start();
    // It looks when those do, which are begun after it.
    const looks = monitorEventLoopDelay({ resolution: RESOLUTION });
    looks.enable();
    await until(() => looks.count > 0);
    const from = performance.eventLoopUtilization();
    while (performance.eventLoopUtilization(from).active < 200);
    await until(() => looks.max > 100e6);
    expect(vitals.eventLoopDelay()).toBeGreaterThan(100);
    expect(vitals.eventLoopUtilization()).toBeGreaterThan(0);
    vitals.stop();
    looks.disable();
  });

  it('of the memory is all of it, within what there is', () => {
    const vitals = new SystemVitals();
    const before = vitals.memory();
    expect(before.rss).toBeGreaterThan(2 ** 20);
    expect(before.limit).toBeGreaterThan(before.rss);
    expect(before.limit).toBeLessThan(2 ** 50);
    // Buffers are not on the heap.
    const buffer = Buffer.alloc(64 * 2 ** 20, 1);
    expect(vitals.memory().rss - before.rss).toBeGreaterThan(32 * 2 ** 20);
    const { used, limit } = vitals.heap();
    expect(used).toBeLessThan(limit);
    expect(buffer).toHaveLength(64 * 2 ** 20);
  });
});
