import { getHeapStatistics } from 'node:v8';

/** Bytes that a thread may hold between two tasks; beyond, it asks to be replaced. */
export interface MemoryLimits {
  /** Of the JavaScript heap, what is garbage by now included. */
  readonly heap?: number | undefined;
  /** Of buffers and the like, which lie outside of the heap. */
  readonly external?: number | undefined;
}

type Measure = () => { readonly used_heap_size: number; readonly external_memory: number };

/** Milliseconds between two looks: one costs some microseconds. */
const INTERVAL = 50;

/** Looks between tasks whether the thread holds more than it should, and tells of it once. */
export class MemoryWatch {
  readonly #heap: number;
  readonly #external: number;
  readonly #measure: Measure;
  #next = 0;

  constructor(limits: MemoryLimits, measure: Measure = getHeapStatistics) {
    this.#heap = limits.heap ?? Number.POSITIVE_INFINITY;
    this.#external = limits.external ?? Number.POSITIVE_INFINITY;
    this.#measure = measure;
  }

  /** @param now monotonic milliseconds */
  look(now: number, tell: (heap: number, external: number) => void): void {
    if (now < this.#next) return;
    this.#next = now + INTERVAL;
    const { used_heap_size: heap, external_memory: external } = this.#measure();
    if (heap <= this.#heap && external <= this.#external) return;
    this.#next = Number.POSITIVE_INFINITY;
    tell(heap, external);
  }
}
