import { LRUCache } from 'lru-cache';
import { encodeFrame } from '../ipc/index.ts';
import type { CachePolicy, TaskReference } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';

export interface CachedResult {
  readonly output: unknown;
}

/**
 * Results of tasks by their input, so that the same work is not done twice. The least recently used
 * goes when there are too many. A result is handed out as it is, to everybody the same object.
 */
export class ResultCache {
  readonly #results: LRUCache<string, CachedResult>;

  constructor(maxEntries: number, clock: Clock) {
    // The library takes a start at 0 for none: its time begins at 1.
    const perf = { now: () => clock.now() + 1 };
    this.#results = new LRUCache({ max: maxEntries, ttlResolution: 0, perf });
  }

  get(task: TaskReference, input: unknown, policy: CachePolicy): CachedResult | undefined {
    return this.#results.get(keyOf(task, input, policy));
  }

  set(task: TaskReference, input: unknown, policy: CachePolicy, output: unknown): void {
    this.#results.set(keyOf(task, input, policy), { output }, { ttl: policy.ttl });
  }
}

/** @throws TroupeError `NotSerializable` for an input that cannot travel; whatever `key` throws */
function keyOf({ id }: TaskReference, input: unknown, { key }: CachePolicy): string {
  const text =
    key === undefined
      ? Buffer.from(encodeFrame([input])).toString('latin1')
      : (key as (value: unknown) => string)(input);
  return `${id}\n${text}`;
}
