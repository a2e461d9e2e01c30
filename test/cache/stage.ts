import { ResultCache } from '../../src/cache/index.ts';
import {
  type AnyCachePolicy,
  type CachePolicy,
  type RuntimeEvent,
  taskReference,
} from '../../src/model/index.ts';
import type { Dispatcher, Job } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';

/** What a call is made with, unless a test says otherwise. */
export const POLICY: CachePolicy = { ttl: 1_000 };

/** How a caller was answered, in order. */
export type Answer =
  | { readonly output: unknown; readonly origin: object | undefined }
  | { readonly error: Error; readonly origin: object | undefined }
  | { readonly progress: unknown }
  | { readonly emitted: string; readonly value: unknown };

/** A cache whose attempts a test ends by hand, in any order. */
export function stage(limits: { entries?: number; bytes?: number } = {}) {
  const clock = new VirtualClock();
  /** What the dispatcher was given and has not answered. */
  const attempts: Job[] = [];
  const cancelled: [Job, Error][] = [];
  const events: RuntimeEvent[] = [];
  const dispatcher: Dispatcher = {
    dispatch: (job) => void attempts.push(job),
    cancel: (job, error) => void cancelled.push([job, error]),
  };
  const sink = { publish: (event: RuntimeEvent) => void events.push(event) };
  const options = { entries: 1_000, bytes: 1_000_000, ...limits };
  const cache = new ResultCache({ ...options, dispatcher, clock, sink });
  const callerOf = (input: unknown, fields: Partial<Job> = {}) => {
    const answers: Answer[] = [];
    const origin = () => cache.originOf(job);
    const job: Job = {
      task: taskReference('steps', 'one'),
      input,
      priority: 0,
      executionId: 'e',
      ticket: undefined,
      timeout: 0,
      succeeded: (output) => answers.push({ output, origin: origin() }),
      failed: (error) => answers.push({ error, origin: origin() }),
      progressed: (progress) => answers.push({ progress }),
      emitted: (emitted, value) => answers.push({ emitted, value }),
      ...fields,
    };
    return { job, answers };
  };
  /** Takes an attempt from the dispatcher, to answer it. */
  const take = (at = 0): Job => attempts.splice(at, 1)[0] as Job;
  return { cache, clock, attempts, cancelled, events, callerOf, take };
}

/** A stage, and calls on it that give what they were answered. */
export function calls(limits?: { entries?: number; bytes?: number }) {
  const own = stage(limits);
  const call = (input: unknown, cache: AnyCachePolicy = POLICY, fields?: Partial<Job>) => {
    const caller = own.callerOf(input, fields);
    own.cache.dispatch(caller.job, cache);
    return caller;
  };
  /** Whether a result is there; asked by a call that is then taken back. */
  const isKnown = (input: unknown, cache: AnyCachePolicy = POLICY) => {
    const { job, answers } = call(input, cache);
    if (answers.length > 0) return true;
    own.cache.cancel(job, new Error('only asked'));
    own.take(own.attempts.length - 1).failed(new Error('only asked'));
    return false;
  };
  return { ...own, call, isKnown };
}
