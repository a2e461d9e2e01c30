import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CachePolicy } from '../../src/model/index.ts';
import type { Job } from '../../src/ports/index.ts';
import { type Answer, stage } from './stage.ts';

const TTL = 10;

interface Output {
  readonly key: string;
  /** When its attempt began, and when it gave this. */
  readonly began: number;
  readonly came: number;
}

interface Caller {
  readonly job: Job;
  readonly answers: Answer[];
  readonly key: string;
  /** When it called. */
  readonly since: number;
  /** No attempt that began by then may answer it: an invalidation came between. */
  readonly notBefore: number;
  cancelled?: Error;
}

type Step =
  | { readonly act: 'call'; readonly key: string; readonly priority: number }
  | { readonly act: 'cancel' | 'succeed' | 'fail'; readonly at: number }
  | { readonly act: 'invalidate'; readonly key: string; readonly by: 'key' | 'tag' };

/**
 * Callers who come, go, and are answered in any order, and what each may be answered. Every step
 * takes a millisecond.
 */
class World {
  readonly #stage = stage();
  readonly #callers: Caller[] = [];
  readonly #began = new Map<Job, number>();
  readonly #failures = new Map<Error, string>();
  readonly #invalidated = new Map<string, number>();
  /** When any tag was last invalidated. */
  #tagged = -1;
  /** What must be kept now. */
  readonly #kept = new Map<string, Output>();

  async apply(step: Step): Promise<void> {
    await this.#stage.clock.advance(1);
    switch (step.act) {
      case 'call':
        this.#call(step.key, step.priority);
        break;
      case 'cancel':
        this.#cancel(step.at);
        break;
      case 'succeed':
      case 'fail':
        this.#end(step.act, step.at);
        break;
      case 'invalidate':
        this.#invalidated.set(step.key, this.#now);
        // Which tags an attempt will have nobody can tell: none is joined after that.
        if (step.by === 'tag') this.#tagged = this.#now;
        this.#kept.delete(step.key);
        this.#stage.cache.invalidate({ [step.by]: step.key });
        break;
      default:
        step satisfies never;
    }
    this.#expectNoNeedlessAttempt();
  }

  /** Ends what is under way; then everybody was answered, once. */
  async finish(): Promise<void> {
    while (this.#stage.attempts.length > 0) await this.apply({ act: 'succeed', at: 0 });
    const outputs = new Set<unknown>();
    for (const { answers } of this.#callers) {
      expect(answers).toHaveLength(1);
      const [answer] = answers;
      if (answer === undefined || !('output' in answer)) continue;
      expect(outputs.has(answer.output)).toBe(false);
      outputs.add(answer.output);
    }
  }

  get #now(): number {
    return this.#stage.clock.now();
  }

  #call(key: string, priority: number): void {
    const { cache, callerOf, attempts } = this.#stage;
    const policy: CachePolicy = { ttl: TTL, key, tags: () => [key] };
    const caller = callerOf(key, { priority });
    const notBefore = this.#invalidated.get(key) ?? Number.NEGATIVE_INFINITY;
    this.#callers.push({ ...caller, key, since: this.#now, notBefore });
    const kept = this.#kept.get(key);
    cache.dispatch(caller.job, policy);
    const begun = attempts.at(-1);
    if (begun !== undefined && !this.#began.has(begun)) this.#began.set(begun, this.#now);
    const isKnown = kept !== undefined && this.#now - kept.came < TTL;
    const expected = isKnown ? [{ output: kept, origin: { cached: true } }] : [];
    expect(caller.answers).toEqual(expected);
  }

  #cancel(at: number): void {
    const caller = this.#callers[at % this.#callers.length];
    if (caller === undefined || caller.answers.length > 0 || caller.cancelled) return;
    caller.cancelled = new Error('cancelled');
    this.#stage.cache.cancel(caller.job, caller.cancelled);
    this.#expectAllowed();
  }

  #end(how: 'succeed' | 'fail', at: number): void {
    const { attempts, take } = this.#stage;
    if (attempts.length === 0) return;
    const attempt = take(at % attempts.length);
    const key = attempt.input as string;
    const began = this.#began.get(attempt) as number;
    if (how === 'fail') {
      const error = this.#cancelOf(attempt) ?? new Error('failed');
      if (error.message === 'failed') this.#failures.set(error, key);
      attempt.failed(error);
    } else {
      const output = { key, began, came: this.#now };
      if (began > (this.#invalidated.get(key) ?? -1)) this.#kept.set(key, { ...output });
      attempt.succeeded(output);
    }
    this.#expectAllowed();
  }

  /** As a dispatcher does: what was cancelled fails of that. */
  #cancelOf(attempt: Job): Error | undefined {
    return this.#stage.cancelled.find(([job]) => job === attempt)?.[1];
  }

  #expectAllowed(): void {
    for (const caller of this.#callers) {
      expect(caller.answers.length).toBeLessThanOrEqual(1);
      for (const answer of caller.answers) this.#expectAnswer(caller, answer);
    }
  }

  #expectAnswer({ key, since, notBefore, cancelled }: Caller, answer: Answer): void {
    if ('error' in answer) {
      if (answer.error !== cancelled) expect(this.#failures.get(answer.error)).toBe(key);
    } else if ('output' in answer) {
      const output = answer.output as Output;
      expect(output.key).toBe(key);
      expect(output.began).toBeGreaterThan(notBefore);
      expect(output.came).toBeGreaterThan(since - TTL);
    }
  }

  /** Of attempts that a call could join, each later one is there for its higher priority alone. */
  #expectNoNeedlessAttempt(): void {
    const highest = new Map<string, number>();
    for (const attempt of this.#stage.attempts) {
      const key = attempt.input as string;
      const closed = Math.max(this.#tagged, this.#invalidated.get(key) ?? -1);
      const isOld = (this.#began.get(attempt) as number) <= closed;
      if (isOld || this.#cancelOf(attempt) !== undefined) continue;
      expect(attempt.priority).toBeGreaterThan(highest.get(key) ?? -1);
      highest.set(key, attempt.priority);
    }
  }
}

const act = <A extends Step['act']>(...acts: A[]) => fc.constantFrom(...acts);
const key = fc.constantFrom('a', 'b');
const at = fc.nat(30);
const by = fc.constantFrom('key', 'tag');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ act: act('call'), key, priority: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ act: act('cancel', 'succeed', 'fail'), at }) },
  { weight: 1, arbitrary: fc.record({ act: act('invalidate'), key, by }) },
);

describe('equal calls, in any order of coming, going and ending', () => {
  it('are each answered once, by a result of their own key that is true and not too old', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const world = new World();
        for (const each of steps) await world.apply(each);
        await world.finish();
      }),
      { numRuns: 300 },
    );
  });
});
