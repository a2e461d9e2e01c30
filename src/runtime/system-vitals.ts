import { totalmem } from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Vitals } from '../ports/index.ts';

/** Milliseconds between two looks of Node's at the event loop; it counts them as delay. */
const RESOLUTION = 20;
const NANOSECONDS_PER_MS = 1e6;
/** Milliseconds; whoever asks for a share of less has just been at work, and so is it all. */
const SHORTEST_WINDOW = 100;

/** What Node has to say of the event loop. */
export interface LoopMeter {
  readonly monitorEventLoopDelay: typeof monitorEventLoopDelay;
  readonly eventLoopUtilization: typeof performance.eventLoopUtilization;
}

const NODE: LoopMeter = {
  monitorEventLoopDelay,
  eventLoopUtilization: performance.eventLoopUtilization,
};

/** The process's own vitals, as Node measures them. */
export class SystemVitals implements Vitals {
  readonly #meter: LoopMeter;
  #delay: IntervalHistogram | undefined;
  #utilization: ReturnType<LoopMeter['eventLoopUtilization']>;

  constructor(meter: LoopMeter = NODE) {
    this.#meter = meter;
    this.#utilization = meter.eventLoopUtilization();
  }

  start(): void {
    this.#delay ??= this.#meter.monitorEventLoopDelay({ resolution: RESOLUTION });
    this.#delay.reset();
    this.#delay.enable();
    this.#utilization = this.#meter.eventLoopUtilization();
  }

  stop(): void {
    this.#delay?.disable();
  }

  eventLoopDelay(): number {
    const delay = this.#delay;
    if (delay === undefined) return 0;
    const measured = delay.percentile(99) / NANOSECONDS_PER_MS;
    delay.reset();
    return Math.max(0, measured - RESOLUTION);
  }

  eventLoopUtilization(): number {
    const now = this.#meter.eventLoopUtilization();
    const window = this.#meter.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    return window.active + window.idle < SHORTEST_WINDOW ? 0 : window.utilization;
  }

  memory(): { rss: number; limit: number } {
    // Without a limit it is 0, or larger than any machine.
    const constrained = process.constrainedMemory();
    const machine = totalmem();
    const limit = constrained > 0 ? Math.min(constrained, machine) : machine;
    return { rss: process.memoryUsage.rss(), limit };
  }

  heap(): { used: number; limit: number } {
    const { used_heap_size, heap_size_limit } = getHeapStatistics();
    return { used: used_heap_size, limit: heap_size_limit };
  }
}
