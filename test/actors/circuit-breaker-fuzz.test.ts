import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CircuitBreaker } from '../../actors/circuit-breaker.ts';
import { type BreakerOptions, resolveBreakerOptions } from '../../src/model/index.ts';
import type { Admitted } from '../../src/ports/index.ts';
import { seededRandom, VirtualClock } from '../../src/testing/index.ts';
import { type Ending, ReferenceBreaker, type Token } from './reference-breaker.ts';

type Act =
  | {
      readonly do: 'call';
      readonly ending: Ending;
      readonly duration: number;
      readonly wait: number;
    }
  | { readonly do: 'begin' }
  | {
      readonly do: 'end';
      readonly which: number;
      readonly ending: Ending;
      readonly duration: number;
      readonly wait: number;
    }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'isolate' | 'disable' | 'enable' | 'watch' | 'reset' }
  | { readonly do: 'release'; readonly which: number };

const ending = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Ending>('failure') },
  { weight: 4, arbitrary: fc.constant<Ending>('success') },
  { weight: 1, arbitrary: fc.constantFrom<Ending>('ignored', 'cancelled') },
);
const end = {
  ending,
  duration: fc.constantFrom(0, 9, 10, 11, 500),
  wait: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.constantFrom(35, 80, 5_000)),
};
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('call' as const), ...end }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constant('begin' as const) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(), ...end }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.integer({ min: 0, max: 600 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'isolate' as const,
        ...(['isolate', 'disable', 'enable', 'enable', 'watch', 'reset'] as const),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat() }) },
);

const options: fc.Arbitrary<BreakerOptions> = fc
  .record({
    window: fc.oneof(
      fc.record({ calls: fc.integer({ min: 1, max: 8 }) }),
      fc.record({
        period: fc.integer({ min: 5, max: 200 }),
        buckets: fc.integer({ min: 1, max: 5 }),
      }),
    ),
    minimumCalls: fc.integer({ min: 1, max: 4 }),
    failureRate: fc.constantFrom(0.3, 0.5, 1),
    slowCallRate: fc.constantFrom(0.4, 1),
    probes: fc.integer({ min: 1, max: 3 }),
    halfOpenTimeout: fc.integer({ min: 1, max: 60 }),
    break: fc.record({
      initial: fc.integer({ min: 1, max: 40 }),
      factor: fc.constantFrom(1, 2, 3.5),
      max: fc.integer({ min: 40, max: 150 }),
      jitter: fc.constantFrom(0, 0.5),
    }),
  })
  .map(({ minimumCalls, ...rest }) => ({
    ...rest,
    minimumCalls: 'calls' in rest.window ? Math.min(minimumCalls, rest.window.calls) : minimumCalls,
    slowCallDuration: 10,
    maxRetryAfter: 100,
    isIgnored: (error) => error === IGNORED,
  }));

const IGNORED = new Error('not to be counted');

/** Both breakers, and whatever is under way on both. */
class Pair {
  readonly clock = new VirtualClock();
  readonly told: string[] = [];
  readonly real: CircuitBreaker;
  readonly reference: ReferenceBreaker;
  readonly #calls: { readonly admitted: Admitted; readonly token: Token }[] = [];
  readonly #locks: Disposable[] = [];

  constructor(given: BreakerOptions, seed: number) {
    this.real = new CircuitBreaker('fuzzed', given, {
      clock: this.clock,
      random: seededRandom(seed),
      sink: { publish: ({ type }) => this.told.push(type) },
    });
    this.real.start({ exited: () => {} });
    const resolved = resolveBreakerOptions(given);
    this.reference = new ReferenceBreaker(resolved, seededRandom(seed), this.clock.now());
  }

  async perform(act: Act): Promise<void> {
    switch (act.do) {
      case 'begin':
        return this.#begin();
      case 'call':
        this.#begin();
        return this.#end(this.#calls.length - 1, act);
      case 'end':
        return this.#end(act.which, act);
      case 'pass':
        this.reference.advance(act.ms);
        return this.clock.advance(act.ms);
      case 'release':
        return this.#release(act.which);
      default:
        return this.#command(act.do);
    }
  }

  #begin(): void {
    const admission = this.real.admit();
    const token = this.reference.admit();
    if (admission.admitted && 'generation' in token)
      this.#calls.push({ admitted: admission, token });
    else expect(admission).toEqual({ admitted: false, ...token });
  }

  #end(
    which: number,
    { ending, duration, wait }: Extract<Act, { do: 'call' }> | Extract<Act, { do: 'end' }>,
  ): void {
    const at = which % Math.max(1, this.#calls.length);
    const call = this.#calls[at];
    if (call === undefined) return;
    // A probe that is settled again must change nothing; other calls share their permit.
    if (!call.token.isProbe || call.token.isSettled) this.#calls.splice(at, 1);
    this.reference.settle(call.token, ending, duration, wait);
    const error =
      ending === 'ignored' ? IGNORED : Object.assign(new Error('ill'), { retryAfter: wait });
    const outcome = ending === 'ignored' ? 'failure' : ending;
    call.admitted.settle(outcome, outcome === 'failure' ? error : undefined, duration);
  }

  #release(which: number): void {
    const [lock] = this.#locks.splice(which % Math.max(1, this.#locks.length), 1);
    if (lock === undefined) return;
    this.reference.release();
    lock[Symbol.dispose]();
    // Once is enough.
    lock[Symbol.dispose]();
  }

  #command(command: 'isolate' | 'disable' | 'enable' | 'watch' | 'reset'): void {
    const { real, reference } = this;
    if (command === 'isolate') {
      reference.isolate();
      this.#locks.push(real.isolate());
    } else if (command === 'disable') {
      reference.switch('disabled');
      real.disable();
    } else if (command === 'enable') {
      reference.switch('enabled');
      real.enable();
    } else if (command === 'watch') {
      reference.switch('metrics_only');
      real.metricsOnly();
    } else {
      reference.reset();
      real.reset();
    }
  }
}

/** A run of minutes: TROUPE_FUZZ_RUNS=100000. */
it('is at every moment what a plain model of it is', async () => {
  const visited = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      options,
      fc.array(act, { minLength: 1, size: 'max', maxLength: 120 }),
      fc.nat(),
      async (given, acts, seed) => {
        const pair = new Pair(given, seed);
        for (const next of acts) {
          await pair.perform(next);
          const { metrics } = pair.real;
          expect(metrics.call(pair.real), JSON.stringify(next)).toEqual(pair.reference.metrics());
          visited.add(pair.real.state);
        }
        for (const type of pair.told) visited.add(type);
        pair.real[Symbol.dispose]();
        expect(pair.clock.pending).toBe(0);
      },
    ),
    { numRuns: Number(process.env.TROUPE_FUZZ_RUNS ?? 500) },
  );
  // A fuzz that never gets anywhere proves nothing.
  const states = ['closed', 'open', 'half_open', 'isolated', 'disabled', 'metrics_only'];
  expect([...visited]).toEqual(expect.arrayContaining(states));
  expect([...visited]).toEqual(expect.arrayContaining(['breaker.opened', 'breaker.half_opened']));
});
