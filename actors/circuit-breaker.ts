import type { Actor } from 'xstate';
import {
  type BreakerMode,
  type BreakerPerformer,
  type BreakerEvent as BreakerSignal,
  circuitBreakerMachine,
} from '../machines/circuit-breaker.ts';
import {
  type BreakerOptions,
  type BreakerState,
  type BreakerWindow,
  breakDuration,
  breakerOpen,
  type CallCounts,
  CountWindow,
  checkFunction,
  type ExitReason,
  exceedsRates,
  invalidOption,
  probesVerdict,
  type ResolvedBreakerOptions,
  resolveBreakerOptions,
  SHUTDOWN,
  TimeWindow,
} from '../src/model/index.ts';
import type {
  Admission,
  Admitted,
  CallOutcome,
  Clock,
  EventSink,
  Random,
} from '../src/ports/index.ts';
import { compile, rootActor } from '../src/statechart/index.ts';
import type { Breaker, BreakerMetrics, ExecuteOptions } from './breaker.ts';
import { Probes, Totals } from './breaker-counts.ts';
import { type CallBook, Permit, Probe, UNCOUNTED } from './breaker-permit.ts';
import { CallContext, settledOrAborted } from './call-context.ts';
import { CallJudge } from './call-judge.ts';
import type { ChildHost, RunningChild } from './child.ts';

const machine = compile(circuitBreakerMachine);

export interface BreakerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: EventSink;
}

/**
 * Performs `machines/circuit-breaker.ts`. Calls are counted in plain data; the chart hears only what
 * changes its state.
 *
 * It is the root of an actor system of its own, and a child of its supervisor as a pool's thread is:
 * in a shared system an event that is sent from within another actor's step waits for its turn, but
 * a breaker must be shut when the call that trips it returns.
 */
export class CircuitBreaker implements Breaker, BreakerPerformer, CallBook {
  readonly id: string;
  readonly #options: ResolvedBreakerOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sink: EventSink;
  readonly #judge: CallJudge;
  readonly #window: BreakerWindow;
  readonly #totals = new Totals();
  #probes = new Probes();
  /** What its rates are of: the window or the probes. */
  #counts: CallCounts;
  #actor: Actor<typeof circuitBreakerMachine> | undefined;
  #exited: (reason: ExitReason) => void = () => {};
  #state: BreakerState = 'stopped';
  /** Set while every call may go through. */
  #permit: Admitted | undefined = UNCOUNTED;
  /** Rises whenever a state begins. */
  #generation = 0;
  /** The chart was told that this state is to end: what is counted from now on changes nothing. */
  #isDecided = false;
  /** When the break is over. */
  #openUntil = 0;
  /** Until when the far side asked to be left alone. */
  #notBefore = 0;
  /** What people want, also of its next life. */
  #mode: BreakerMode = 'enabled';
  #locks = 0;

  /** @throws TroupeError `InvalidOption` */
  constructor(id: string, options: BreakerOptions | undefined, deps: BreakerDeps) {
    if (typeof id !== 'string' || id === '') {
      throw invalidOption('id', 'a text that is not empty', id);
    }
    this.id = id;
    this.#options = resolveBreakerOptions(options);
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#sink = deps.sink;
    this.#judge = new CallJudge(id, this.#options, deps.clock, deps.sink);
    this.#window = windowOf(this.#options);
    this.#counts = this.#window;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Begins a life, closed or as people want it. Until then, and afterwards, everything passes. */
  readonly start = ({ exited }: Pick<ChildHost, 'exited'>): RunningChild => {
    this.#exited = exited;
    this.#actor = rootActor(machine, {
      id: this.id,
      input: {
        performer: this,
        halfOpenTimeout: this.#options.halfOpenTimeout,
        mode: this.#mode,
        locks: this.#locks,
      },
      clock: this.#clock,
      onError: (error) => this.#end({ kind: 'error', error }),
    });
    this.#actor.start();
    const stop = () => this[Symbol.dispose]();
    return { ref: this, stop, kill: stop, status: () => this.#state };
  };

  [Symbol.dispose](): void {
    this.#actor?.stop();
    this.#end(SHUTDOWN);
  }

  admit(): Admission {
    return this.#permit ?? this.#admitProbe();
  }

  async execute<T>(
    fn: (context: { readonly signal: AbortSignal }) => T | PromiseLike<T>,
    { signal }: ExecuteOptions = {},
  ): Promise<T> {
    checkFunction('fn', fn);
    signal?.throwIfAborted();
    const admission = this.admit();
    if (!admission.admitted) throw breakerOpen(this, admission.retryAfter);
    const started = this.#clock.now();
    let result: T;
    try {
      const pending = fn(new CallContext(signal));
      result = await (signal === undefined ? pending : settledOrAborted(pending, signal));
    } catch (error) {
      const outcome = signal?.aborted ? 'cancelled' : 'failure';
      admission.settle(outcome, error, this.#clock.now() - started);
      throw error;
    }
    admission.settle('success', result, this.#clock.now() - started);
    return result;
  }

  metrics(): BreakerMetrics {
    const { calls, failures, slow, rejected, cancelled, ignored, opened } = this.#totals;
    // An open breaker shows what made it open.
    if (this.#state !== 'open') this.#window.expire(this.#clock.now());
    const window = countsOf(this.#counts);
    const few = this.#counts === this.#window ? this.#options.minimumCalls : 1;
    const means = window.calls >= few;
    const isHolding = this.#permit === undefined && !this.#hasPlace();
    return {
      state: this.#state,
      window,
      failureRate: means ? window.failures / window.calls : undefined,
      slowCallRate: means ? window.slow / window.calls : undefined,
      ...{ calls, failures, slow, rejected, cancelled, ignored, opened },
      retryAfter: isHolding ? this.#retryAfter() : undefined,
    };
  }

  isolate(): Disposable {
    this.#locks++;
    this.#send({ type: 'ISOLATE' });
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#locks--;
        this.#send({ type: 'RELEASE' });
      },
    };
  }

  disable(): void {
    this.#switch('disabled');
  }

  metricsOnly(): void {
    this.#switch('metrics_only');
  }

  enable(): void {
    this.#switch('enabled');
  }

  reset(): void {
    this.#send({ type: 'RESET' });
  }

  enter(state: BreakerState, breaks: number): void {
    const before = this.#state;
    this.#state = state;
    this.#generation++;
    this.#isDecided = false;
    this.#permit = this.#permitIn(state);
    if (state === 'open') this.#beginBreak(breaks);
    else this.#countAnew(state);
    // That it began is no change.
    if (state !== before && before !== 'stopped') this.#tell(state, breaks);
  }

  breakLeft(): number {
    return Math.max(this.#openUntil, this.#notBefore) - this.#clock.now();
  }

  settled(generation: number, outcome: CallOutcome, value: unknown, duration: number): void {
    const verdict = this.#verdict(outcome, value);
    const isCounted = verdict === 'success' || verdict === 'failure';
    const failed = verdict === 'failure';
    const slow = duration > this.#options.slowCallDuration;
    if (isCounted) this.#totals.add(failed, slow);
    else this.#totals[verdict]++;
    if (failed) this.#heed(value);
    if (generation !== this.#generation || this.#isDecided) return;
    if (this.#state === 'half_open') this.#probeEnded(isCounted, failed, slow);
    else if (isCounted) this.#count(failed, slow);
  }

  #verdict(outcome: CallOutcome, value: unknown) {
    if (outcome === 'cancelled') return outcome;
    return outcome === 'failure' ? this.#judge.error(value) : this.#judge.result(value);
  }

  #count(failed: boolean, slow: boolean): void {
    const window = this.#window;
    window.record(failed, slow, this.#clock.now());
    if (this.#state !== 'closed' || window.calls < this.#options.minimumCalls) return;
    if (exceedsRates(window, this.#options)) this.#decide('TRIPPED');
  }

  #admitProbe(): Admission {
    // The timer may be late: the event loop was busy.
    if (this.#state === 'open' && this.breakLeft() <= 0) this.#send({ type: 'ELAPSED' });
    if (!this.#hasPlace()) {
      this.#totals.rejected++;
      return { admitted: false, retryAfter: this.#retryAfter() };
    }
    const probes = this.#probes;
    if (probes.inFlight++ === 0) {
      probes.since = this.#clock.now();
      this.#send({ type: 'PROBING' });
    }
    return new Probe(this, this.#generation);
  }

  #probeEnded(isCounted: boolean, failed: boolean, slow: boolean): void {
    const probes = this.#probes;
    probes.inFlight--;
    if (isCounted) {
      probes.add(failed, slow);
      const verdict = probesVerdict(probes, this.#options.probes, this.#options);
      if (verdict !== undefined) this.#decide(verdict === 'failed' ? 'TRIPPED' : 'RECOVERED');
    }
    if (!this.#isDecided && probes.inFlight === 0) this.#send({ type: 'IDLE' });
  }

  #decide(type: 'TRIPPED' | 'RECOVERED'): void {
    this.#isDecided = true;
    this.#send({ type });
  }

  #permitIn(state: BreakerState): Admitted | undefined {
    if (state === 'closed' || state === 'metrics_only') return new Permit(this, this.#generation);
    return state === 'disabled' ? UNCOUNTED : undefined;
  }

  #beginBreak(breaks: number): void {
    this.#totals.opened++;
    const length = breakDuration(this.#options.break, breaks, this.#random.next());
    this.#openUntil = this.#clock.now() + length;
  }

  #countAnew(state: BreakerState): void {
    if (state === 'half_open') {
      this.#probes = new Probes();
      this.#counts = this.#probes;
      return;
    }
    this.#window.clear();
    this.#counts = this.#window;
    // Whoever answers, or is vouched for, need not be left alone any longer.
    this.#notBefore = 0;
  }

  /** The far side said when to come back: nothing goes there before, if the breaker opens or is open. */
  #heed(value: unknown): void {
    const wait = this.#judge.retryAfter(value);
    if (wait > 0) this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + Math.ceil(wait));
  }

  /** There is a place for a probe. */
  #hasPlace(): boolean {
    if (this.#state !== 'half_open' || this.#isDecided) return false;
    const { calls, inFlight } = this.#probes;
    return calls + inFlight < this.#options.probes;
  }

  /** Nobody knows how long a probe or an isolation lasts: then it is when to ask again. */
  #retryAfter(): number {
    const { break: breaks, halfOpenTimeout } = this.#options;
    let left = breaks.initial;
    if (this.#state === 'open') left = this.breakLeft();
    else if (this.#state === 'half_open') {
      left = Math.min(left, this.#probes.since + halfOpenTimeout - this.#clock.now());
    }
    return Math.max(1, Math.ceil(left));
  }

  #switch(mode: BreakerMode): void {
    this.#mode = mode;
    this.#send({ type: 'SWITCH', mode });
  }

  #send(event: BreakerSignal): void {
    // An ended actor needs no more signals; XState would only warn.
    if (this.#actor?.getSnapshot().status === 'active') this.#actor.send(event);
  }

  #tell(state: BreakerState, breaks: number): void {
    const event = { breaker: this.id, time: this.#clock.wallTime() };
    if (state === 'stopped') return;
    if (state === 'open') {
      const retryAfter = this.#retryAfter();
      this.#sink.publish({ type: 'breaker.opened', retryAfter, breaks, ...event });
    } else if (state === 'half_open') {
      this.#sink.publish({ type: 'breaker.half_opened', ...event });
    } else this.#sink.publish({ type: `breaker.${state}`, ...event });
  }

  #end(reason: ExitReason): void {
    if (this.#actor === undefined) return;
    this.#actor = undefined;
    this.#state = 'stopped';
    this.#generation++;
    this.#permit = UNCOUNTED;
    this.#exited(reason);
  }
}

function windowOf({ window }: ResolvedBreakerOptions): BreakerWindow {
  return 'calls' in window
    ? new CountWindow(window.calls)
    : new TimeWindow(window.period, window.buckets);
}

function countsOf({ calls, failures, slow }: CallCounts): CallCounts {
  return { calls, failures, slow };
}
