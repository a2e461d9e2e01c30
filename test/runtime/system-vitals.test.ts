import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SystemVitals } from '../../src/runtime/system-vitals.ts';

/** Keeps the event loop from turning. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('what Node measures', () => {
  it('of the event loop is how late it was since it was asked last', async () => {
    const vitals = new SystemVitals();
    expect(vitals.eventLoopDelay()).toBe(0);
    vitals.start();
    await wait(50);
    block(300);
    await wait(50);
    expect(vitals.eventLoopDelay()).toBeGreaterThan(200);
    expect(vitals.eventLoopDelay()).toBe(0);
    block(300);
    vitals.stop();
    vitals.start();
    expect(vitals.eventLoopDelay()).toBe(0);
    vitals.stop();
  });

  it('of its utilisation is the share of work, once there is enough to tell', async () => {
    const vitals = new SystemVitals();
    vitals.start();
    expect(vitals.eventLoopUtilization()).toBe(0);
    block(200);
    expect(vitals.eventLoopUtilization()).toBeGreaterThan(0.9);
    await wait(300);
    expect(vitals.eventLoopUtilization()).toBeLessThan(0.9);
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
