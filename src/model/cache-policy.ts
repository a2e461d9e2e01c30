import { checkCount, checkFunction, checkNames } from './check.ts';
import { invalidOption } from './errors.ts';

/**
 * For how long, and for whom, a task's result stands for another run of the task with the same
 * input. Equal calls that are under way at the same time share one attempt.
 */
export interface CachePolicy<in Input = unknown, in Output = unknown> {
  /**
   * Milliseconds that a result is good for, from when it came; above 0, and Infinity is as long as
   * there is room. A result is too old for a call when it is by the `ttl` of that call, or by that of
   * the call that it was made for.
   */
  readonly ttl: number;
  /** Results of the task that are kept; the least recently used go. @default as many as the runtime keeps */
  readonly maxEntries?: number;
  /**
   * What makes two inputs the same: a function of the input, or one text for all of them.
   * @default all of the input, as `cacheKey` writes it
   */
  readonly key?: string | ((input: Input) => string);
  /** Names under which `runtime.cache.invalidate` finds the result. @default none */
  readonly tags?: readonly string[] | ((input: Input, output: Output) => readonly string[]);
  /** Results of another version are not seen. Change it with what the task does. @default '' */
  readonly version?: string | number;
  /** Who sees the result: all executions, or only the one that it was made in. @default 'runtime' */
  readonly scope?: CacheScope;
}

/** One of a task of any types. */
export type AnyCachePolicy = CachePolicy<never, never>;

/** A policy that a task module can declare: its functions would not leave their thread. */
export interface DeclaredCachePolicy extends Omit<AnyCachePolicy, 'key' | 'tags'> {
  /** One text for all inputs. @default all of the input, as `cacheKey` writes it */
  readonly key?: string;
  /** Names under which `runtime.cache.invalidate` finds the results. @default none */
  readonly tags?: readonly string[];
}

export type CacheScope = 'runtime' | 'execution';

const SCOPES: readonly unknown[] = ['runtime', 'execution'] satisfies CacheScope[];

const FIELDS: readonly (keyof CachePolicy)[] = [
  'ttl',
  'maxEntries',
  'key',
  'tags',
  'version',
  'scope',
];

/** @throws TroupeError `InvalidOption` unless the value has the shape of a `CachePolicy` */
export function checkCachePolicy(field: string, value: unknown): asserts value is AnyCachePolicy {
  checkNames(value, FIELDS, field);
  const {
    ttl,
    maxEntries,
    key,
    tags,
    version,
    scope = 'runtime',
  } = value as Partial<AnyCachePolicy>;
  if (typeof ttl !== 'number' || !(ttl > 0)) {
    throw invalidOption(`${field}.ttl`, 'milliseconds above 0', ttl);
  }
  if (maxEntries !== undefined) checkCount(`${field}.maxEntries`, maxEntries, 1);
  if (key !== undefined && typeof key !== 'string') checkFunction(`${field}.key`, key);
  if (tags !== undefined && typeof tags !== 'function') checkTags(`${field}.tags`, tags);
  if (version !== undefined && typeof version !== 'string' && !Number.isFinite(version)) {
    throw invalidOption(`${field}.version`, 'a text or a number', version);
  }
  if (!SCOPES.includes(scope)) throw invalidOption(`${field}.scope`, SCOPES.join(' or '), scope);
}

/** @throws TroupeError `InvalidOption` unless the value has the shape of a `DeclaredCachePolicy` */
export function checkDeclaredCache(
  field: string,
  value: unknown,
): asserts value is DeclaredCachePolicy {
  checkCachePolicy(field, value);
  const { key, tags } = value;
  if (typeof key === 'function') {
    throw invalidOption(`${field}.key`, 'a text: functions are for steps and runs', key);
  }
  if (typeof tags === 'function') {
    throw invalidOption(
      `${field}.tags`,
      'an array of texts: functions are for steps and runs',
      tags,
    );
  }
}

/** @throws TroupeError `InvalidOption` unless the value is an array of texts */
export function checkTags(field: string, value: unknown): asserts value is readonly string[] {
  if (!Array.isArray(value)) throw invalidOption(field, 'an array of texts', value);
  for (const [index, tag] of value.entries()) {
    if (typeof tag !== 'string') throw invalidOption(`${field}[${index}]`, 'a text', tag);
  }
}
