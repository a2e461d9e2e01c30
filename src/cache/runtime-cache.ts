import { checkNames, invalidOption, isTaskReference, type TaskReference } from '../model/index.ts';
import { boundedKey } from './cache-key.ts';
import type { CacheStats } from './cache-stats.ts';
import type { ResultFilter } from './result-store.ts';

/** Which results are meant: those that fit all that is said. At least one of the fields is needed. */
export interface CacheFilter {
  /** A task, or its name, `module.task`. */
  readonly task?: TaskReference<never> | string;
  /** The `key` of a policy, or what it gave; `cacheKey(input)` where there was none. */
  readonly key?: string;
  /** One of the `tags` of a policy. */
  readonly tag?: string;
}

/** The results that a runtime keeps. */
export interface RuntimeCache {
  /**
   * Forgets results, of every version and scope. What is under way still answers those who wait for
   * it, but its result is not kept, and calls from now on do not wait for it.
   *
   * @returns how many were forgotten
   * @throws TroupeError `InvalidOption`
   *
   * @example runtime.cache.invalidate({ tag: `user:${id}` });
   */
  invalidate(filter: CacheFilter): number;
  /** Forgets all results, as `invalidate` does. @returns how many there were */
  clear(): number;
  stats(): CacheStats;
}

/** What the control needs of the cache. */
export interface Invalidated {
  invalidate(filter: ResultFilter): number;
  stats(): CacheStats;
}

export function runtimeCache(cache: Invalidated): RuntimeCache {
  return {
    invalidate: (filter) => cache.invalidate(resultFilter(filter)),
    clear: () => cache.invalidate({}),
    stats: () => cache.stats(),
  };
}

/** @throws TroupeError `InvalidOption` */
function resultFilter(filter: CacheFilter): ResultFilter {
  checkNames(filter, ['task', 'key', 'tag']);
  const { task, key, tag } = filter;
  if (task === undefined && key === undefined && tag === undefined) {
    throw invalidOption('options', 'at least one of task, key and tag', filter);
  }
  const id = typeof task === 'object' && isTaskReference(task) ? task.id : task;
  checkText('task', id, 'a task of a task module, or its name');
  checkText('key', key, 'a text');
  checkText('tag', tag, 'a text');
  return {
    ...(id !== undefined && { task: id }),
    ...(key !== undefined && { key: boundedKey(key) }),
    ...(tag !== undefined && { tag }),
  };
}

function checkText(
  field: string,
  value: unknown,
  expected: string,
): asserts value is string | undefined {
  if (value === undefined || typeof value === 'string') return;
  throw invalidOption(field, expected, value);
}
