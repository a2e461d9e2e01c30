import fc from 'fast-check';
import { constant } from '../../src/model/index.ts';
import {
  type BreakerPart,
  bulkhead,
  fallback,
  hedge,
  type Policy,
  type PolicyContext,
  type PolicyPart,
  rateLimit,
  retry,
  timeout,
} from '../../src/policy/index.ts';
import type { VirtualClock } from '../../src/testing/index.ts';
import { listeners, stage, watch } from './stage.ts';

/** What one run of a call's function does. */
interface Run {
  readonly ms: number;
  readonly end: 'succeeds' | 'fails' | 'is busy';
  /** Whether it stops when its signal aborts. */
  readonly heeds: boolean;
}

/** One call: when it comes, what its runs do, and when its caller aborts it. */
interface Scene {
  readonly at: number;
  readonly runs: readonly Run[];
  readonly abortAfter: number | undefined;
}

const time = (max: number) => fc.integer({ min: 0, max });
const count = (min: number, max: number) => fc.integer({ min, max });

/** Any choice of parts, as functions: each play has its own. */
export const parts: fc.Arbitrary<(() => PolicyPart)[]> = fc
  .record(
    {
      fallback: fc.constant(() => fallback((error) => `not ${String(error)}`)),
      bulkhead: fc
        .record({ concurrency: count(1, 3), queue: count(0, 3) })
        .map((options) => () => bulkhead(options)),
      total: count(5, 120).map((total) => () => timeout({ total })),
      attempt: count(5, 60).map((attempt) => () => timeout({ attempt })),
      retry: fc
        .record({ attempts: count(1, 4), delay: time(40) })
        .map((options) => () => retry(constant(options))),
      hedge: fc
        .record({ delay: time(30), max: count(2, 3) })
        .map((options) => () => hedge(options)),
      rateLimit: fc
        .record({
          limit: count(1, 3),
          interval: count(10, 60),
          queue: count(0, 4),
          mode: fc.constantFrom('wait' as const, 'reject' as const),
        })
        .map((options) => () => rateLimit(options)),
      breaker: fc.constantFrom(
        () => transparent,
        () => deaf,
        () => late,
        () => stubborn,
      ),
    },
    { requiredKeys: [] },
  )
  .map((chosen) => Object.values(chosen));

/** A breaker that lets everything through. */
const transparent: BreakerPart = {
  execute: async (fn, { signal = new AbortController().signal } = {}) => fn({ signal }),
};

/** One that neither heeds a signal nor hands one on. */
const deaf: BreakerPart = { execute: async (fn) => fn({} as never) };

/** One that takes its time, and gives the function a signal that never aborts. */
const late: BreakerPart = {
  execute: async (fn) => {
    for (let turn = 0; turn < 5; turn++) await undefined;
    return fn({ signal: new AbortController().signal });
  },
};

/** One that tries again by itself. */
const stubborn: BreakerPart = {
  execute: async (fn, { signal = new AbortController().signal } = {}) => {
    try {
      return await fn({ signal });
    } catch {
      return fn({ signal });
    }
  },
};

export const scenes: fc.Arbitrary<Scene[]> = fc.array(
  fc.record({
    at: time(100),
    abortAfter: fc.option(time(120), { nil: undefined }),
    runs: fc.array(
      fc.record({
        ms: time(50),
        end: fc.constantFrom('succeeds' as const, 'fails' as const, 'is busy' as const),
        heeds: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

export class Play {
  readonly #stage = stage();
  readonly clock: VirtualClock = this.#stage.clock;
  readonly policy: Policy<unknown>;
  /** Everything that can be seen from outside, in order. */
  readonly trace: string[] = [];
  readonly signals: AbortSignal[] = [];
  /** What should not have been, in words. */
  readonly wrongs: string[] = [];
  /** Runs under way, by call. */
  readonly #underWay = new Map<number, number>();
  mostCallsAtOnce = 0;

  constructor(chosen: readonly PolicyPart[]) {
    this.policy = this.#stage.policy(...chosen);
  }

  async perform(given: readonly Scene[]): Promise<void> {
    given.forEach((scene, index) => {
      this.clock.setTimeout(() => this.#call(scene, index), scene.at);
    });
    await this.clock.advance(5_000);
  }

  #call(scene: Scene, index: number): void {
    const own = new AbortController();
    this.signals.push(own.signal);
    let runs = 0;
    let over = false;
    const outcome = this.policy.execute(
      (context) => {
        if (over) this.wrongs.push(`call ${index} begins a run after its end`);
        return this.#run(scene.runs[runs++ % scene.runs.length] as Run, index, context);
      },
      { signal: own.signal },
    );
    const call = watch(
      this.clock,
      outcome.finally(() => {
        over = true;
      }),
    );
    if (scene.abortAfter !== undefined) {
      this.clock.setTimeout(() => this.#abort(own, call, index), scene.abortAfter);
    }
    this.clock.setTimeout(() => {
      const { status, at, value } = call;
      this.trace.push(`call ${index} ${status} at ${at}: ${String(value)}`);
      if (status === 'pending') this.wrongs.push(`call ${index} never ends`);
    }, 4_000);
  }

  #abort(own: AbortController, call: ReturnType<typeof watch>, index: number): void {
    if (call.status !== 'pending') return;
    own.abort(`reason ${index}`);
    const now = this.clock.now();
    this.clock.setTimeout(() => {
      const { status, at, value } = call;
      if (status !== 'rejected' || at !== now || value !== `reason ${index}`) {
        this.wrongs.push(`call ${index} does not end with its abort`);
      }
    }, 0);
  }

  #run(run: Run, index: number, { signal, attempt, hedge }: PolicyContext): Promise<unknown> {
    this.trace.push(`call ${index} run ${attempt}.${hedge} at ${this.clock.now()}`);
    if (signal.aborted) this.wrongs.push(`call ${index} begins a run with an aborted signal`);
    this.signals.push(signal);
    this.#underWay.set(index, (this.#underWay.get(index) ?? 0) + 1);
    this.mostCallsAtOnce = Math.max(this.mostCallsAtOnce, this.#underWay.size);
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => {
        signal.removeEventListener('abort', abort);
        this.clock.clearTimeout(timer);
        const left = (this.#underWay.get(index) ?? 0) - 1;
        if (left === 0) this.#underWay.delete(index);
        else this.#underWay.set(index, left);
        how();
      };
      const abort = () => settle(() => reject(signal.reason));
      const timer = this.clock.setTimeout(() => settle(() => end(run, resolve, reject)), run.ms);
      if (run.heeds) signal.addEventListener('abort', abort);
    });
  }

  /** What is left over once all is done. */
  leftovers() {
    return {
      timers: this.clock.pending,
      listeners: this.signals.reduce((sum, signal) => sum + listeners(signal), 0),
      runs: this.#underWay.size,
    };
  }
}

function end({ end }: Run, resolve: (value: unknown) => void, reject: (error: Error) => void) {
  if (end === 'succeeds') resolve('done');
  else reject(Object.assign(new Error(end), end === 'is busy' && { retryAfter: 25 }));
}
