import {
  type AnyCachePolicy,
  checkTags,
  describe,
  messageOf,
  type ResultOrigin,
  recordOf,
  TroupeError,
} from '../model/index.ts';
import type { Clock, Dispatcher, EventSink, Job } from '../ports/index.ts';
import { boundedKey, cacheKey } from './cache-key.ts';
import { type CacheStats, CacheTally } from './cache-stats.ts';
import { EntryIndex } from './entry-index.ts';
import { copyOf, type OutputCopy } from './output-copy.ts';
import { type ResultFilter, type ResultName, ResultStore, resultName } from './result-store.ts';
import { SharedAttempt, type SharedAttemptOwner } from './shared-attempt.ts';

export interface ResultCacheOptions {
  /** Results that are kept at most. */
  readonly entries: number;
  /** Bytes of results that are kept at most, about. */
  readonly bytes: number;
  /** Performs the attempts for which there is no result. */
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly sink: EventSink;
}

const CACHED: ResultOrigin = Object.freeze({ cached: true });
const COALESCED: ResultOrigin = Object.freeze({ coalesced: true });

/**
 * Performs jobs by what is known: gives a result that is there, lets equal jobs share the attempt
 * that is under way, and hands on the rest. What becomes of a shared attempt, a failure too, becomes
 * of every job that waits for it; each tries again as it would on its own. A job that is cancelled
 * merely leaves: the attempt is cancelled with the last one.
 */
export class ResultCache implements SharedAttemptOwner {
  readonly #options: ResultCacheOptions;
  readonly #store: ResultStore;
  readonly #tally = new CacheTally();
  readonly #underWay = new Set<SharedAttempt>();
  /** Those under way that equal jobs may join, by the id of their result. */
  readonly #open = new EntryIndex<SharedAttempt>();

  constructor(options: ResultCacheOptions) {
    this.#options = options;
    this.#store = new ResultStore(options, options.clock, (task) =>
      this.#tally.count(task, 'evictions'),
    );
  }

  /** Takes a job over, as a dispatcher does: answers it exactly once, possibly at once. */
  dispatch(job: Job, policy: AnyCachePolicy): void {
    const { id } = job.task;
    let name: ResultName;
    try {
      name = nameOf(job, policy);
    } catch (error) {
      job.ticket = undefined;
      job.failed(noKey(id, error));
      return;
    }
    const known = this.#store.get(name, policy.ttl);
    if (known !== undefined) {
      this.#tally.count(id, 'hits');
      job.ticket = CACHED;
      job.succeeded(known.value());
      return;
    }
    for (const present of this.#open.get(name.id)) {
      if (!present.suits(job)) continue;
      this.#tally.count(id, 'coalesced');
      job.ticket = present;
      present.callers.add(job);
      return;
    }
    this.#tally.count(id, 'misses');
    const attempt = new SharedAttempt(job, name, policy, this);
    this.#open.add(name.id, attempt);
    this.#begin(attempt, job);
  }

  /** Ends a job early: it fails with this error. Others that share its attempt are left alone. */
  cancel(job: Job, error: Error): void {
    const attempt = job.ticket;
    if (!(attempt instanceof SharedAttempt) || !attempt.callers.has(job)) return;
    if (attempt.callers.size === 1 && !attempt.isSettled) {
      this.#close(attempt);
      this.#options.dispatcher.cancel(attempt, error);
      return;
    }
    attempt.callers.delete(job);
    job.failed(error);
  }

  /** How a job that was answered came by it; undefined when by an attempt of its own. */
  originOf({ ticket }: Job): ResultOrigin | undefined {
    return ticket === CACHED || ticket === COALESCED ? (ticket as ResultOrigin) : undefined;
  }

  /**
   * Forgets results, and keeps none of an attempt under way that may be among them.
   * @returns how many were forgotten
   */
  invalidate(filter: ResultFilter): number {
    for (const attempt of this.#underWay) {
      if (attempt.takeBack(filter)) this.#close(attempt);
    }
    return this.#store.delete(filter);
  }

  /** Forgets what was an execution's own: nobody else can see it. */
  executionEnded(id: string): void {
    this.#store.deleteOwn(id);
  }

  stats(): CacheStats {
    return this.#tally.stats(this.#store);
  }

  attemptSucceeded(attempt: SharedAttempt, output: unknown): void {
    this.#settle(attempt);
    const copy = this.#keep(attempt, output);
    let origin: ResultOrigin | undefined;
    // Who is answered may cancel who is not yet, and takes them out.
    for (const job of attempt.callers) {
      job.ticket = origin;
      if (origin === undefined) job.succeeded(output);
      else if (copy !== undefined) job.succeeded(copy.value());
      // What cannot be copied cannot be shared.
      else this.#begin(new SharedAttempt(job, attempt.name, attempt.policy, this), job);
      origin = COALESCED;
    }
  }

  attemptFailed(attempt: SharedAttempt, error: Error): void {
    this.#settle(attempt);
    let origin: ResultOrigin | undefined;
    for (const job of attempt.callers) {
      job.ticket = origin;
      job.failed(error);
      origin = COALESCED;
    }
  }

  #begin(attempt: SharedAttempt, job: Job): void {
    this.#underWay.add(attempt);
    job.ticket = attempt;
    this.#options.dispatcher.dispatch(attempt);
  }

  #settle(attempt: SharedAttempt): void {
    attempt.isSettled = true;
    this.#underWay.delete(attempt);
    this.#close(attempt);
  }

  /** Nobody joins it any more. */
  #close(attempt: SharedAttempt): void {
    this.#open.delete(attempt.name.id, attempt);
  }

  /** Keeps the result of an attempt, if it may be kept. @returns a copy, if it can be copied */
  #keep(attempt: SharedAttempt, output: unknown): OutputCopy | undefined {
    const { name, policy, isStale } = attempt;
    if (isStale && attempt.callers.size < 2) return undefined;
    let copy: OutputCopy;
    try {
      copy = copyOf(output);
    } catch {
      return undefined;
    }
    const tags = this.#tagsOf(attempt, output);
    if (tags !== undefined && attempt.mayKeep(tags)) {
      const { ttl, maxEntries = Number.POSITIVE_INFINITY } = policy;
      this.#store.set({ name, output: copy, ttl, tags, maxEntries });
    }
    return copy;
  }

  /** The tags of a result; undefined when its policy cannot tell. */
  #tagsOf({ policy, input, task }: SharedAttempt, output: unknown): readonly string[] | undefined {
    const { tags = [] } = policy;
    if (typeof tags !== 'function') return [...tags];
    try {
      const given: unknown = (tags as (input: unknown, output: unknown) => unknown)(input, output);
      checkTags('tags', given);
      return [...given];
    } catch (error) {
      // The task has done its work: that is no reason for its step to fail.
      const time = this.#options.clock.wallTime();
      const failure = { task: task.id, callback: 'tags', error: recordOf(error), time };
      this.#options.sink.publish({ type: 'cache.callback_failed', ...failure });
      return undefined;
    }
  }
}

/** @throws TroupeError `InvalidInput`; whatever `key` throws */
function nameOf({ task, input, executionId }: Job, policy: AnyCachePolicy): ResultName {
  const { scope, version = '' } = policy;
  const owner = scope === 'execution' ? executionId : '';
  return resultName(task.id, owner, String(version), keyOf(input, policy));
}

function keyOf(input: unknown, { key }: AnyCachePolicy): string {
  if (key === undefined) return cacheKey(input);
  const given: unknown =
    typeof key === 'string' ? key : (key as (input: unknown) => unknown)(input);
  if (typeof given === 'string') return boundedKey(given);
  throw new TypeError(`key must give a text, but gave ${describe(given)}`);
}

function noKey(task: string, cause: unknown): TroupeError {
  const details = TroupeError.is(cause) ? cause.details : {};
  return new TroupeError('InvalidInput', `cache key of task ${task}: ${messageOf(cause)}`, {
    cause,
    details: { ...details, task },
  });
}
