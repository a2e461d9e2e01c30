import { checkFunction } from './check.ts';
import { invalidOption } from './errors.ts';

/** For how long a task's result stands for a run of the task with the same input. */
export interface CachePolicy {
  /** Milliseconds that a result is good for, from when it came. */
  readonly ttl: number;
  /** What makes two inputs the same. @default all of the input, as it travels to a thread */
  readonly key?: (input: never) => string;
}

/** @throws TroupeError `InvalidOption` unless the value has the shape of a `CachePolicy` */
export function checkCachePolicy(field: string, value: unknown): asserts value is CachePolicy {
  if (typeof value !== 'object' || value === null) {
    throw invalidOption(field, 'an object with a ttl', value);
  }
  const { ttl, key } = value as Partial<CachePolicy>;
  if (typeof ttl !== 'number' || !(ttl > 0)) {
    throw invalidOption(`${field}.ttl`, 'milliseconds above 0', ttl);
  }
  if (key !== undefined) checkFunction(`${field}.key`, key);
}
