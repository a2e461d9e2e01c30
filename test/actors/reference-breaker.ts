import {
  type BreakerState,
  breakDuration,
  type ResolvedBreakerOptions,
} from '../../src/model/index.ts';
import type { Random } from '../../src/ports/index.ts';

type Mode = 'enabled' | 'disabled' | 'metrics_only';
export type Ending = 'success' | 'failure' | 'ignored' | 'cancelled';

interface Outcome {
  readonly at: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

export interface Token {
  readonly generation: number;
  readonly isProbe: boolean;
  isSettled: boolean;
}

/**
 * A circuit breaker written to be read: it keeps every outcome in a list, counts from the beginning
 * each time, and moves through time from deadline to deadline.
 */
export class ReferenceBreaker {
  readonly totals = {
    calls: 0,
    failures: 0,
    slow: 0,
    rejected: 0,
    cancelled: 0,
    ignored: 0,
    opened: 0,
  };
  state: BreakerState = 'closed';
  readonly #options: ResolvedBreakerOptions;
  readonly #random: Random;
  #now: number;
  #mode: Mode = 'enabled';
  #locks = 0;
  #generation = 1;
  #breaks = 0;
  #openUntil = 0;
  #notBefore = 0;
  #outcomes: Outcome[] = [];
  #probes: Token[] = [];
  #probingSince = 0;
  #shown: Outcome[] = [];

  constructor(options: ResolvedBreakerOptions, random: Random, now: number) {
    this.#options = options;
    this.#random = random;
    this.#now = now;
  }

  admit(): Token | { retryAfter: number } {
    const isProbe = this.state === 'half_open';
    if (this.#holdsBack()) {
      this.totals.rejected++;
      return { retryAfter: this.#retryAfter() };
    }
    const token = { generation: this.#generation, isProbe, isSettled: this.state === 'disabled' };
    if (isProbe) {
      if (this.#underWay().length === 0) this.#probingSince = this.#now;
      this.#probes.push(token);
    }
    return token;
  }

  settle(token: Token, ending: Ending, duration: number, retryAfter: number): void {
    if (token.isSettled) return;
    token.isSettled = true;
    if (ending === 'ignored' || ending === 'cancelled') {
      this.totals[ending]++;
      return;
    }
    const outcome = {
      at: this.#now,
      failed: ending === 'failure',
      slow: duration > this.#options.slowCallDuration,
    };
    this.totals.calls++;
    if (outcome.failed) this.totals.failures++;
    if (outcome.slow) this.totals.slow++;
    if (outcome.failed && retryAfter > 0) {
      const wait = Math.min(retryAfter, this.#options.maxRetryAfter);
      this.#notBefore = Math.max(this.#notBefore, this.#now + wait);
    }
    if (token.generation !== this.#generation) return;
    this.#outcomes.push(outcome);
    if (token.isProbe) this.#judgeProbes();
    else if (this.state === 'closed') this.#judgeCalls();
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#deadline(); next <= end; next = this.#deadline()) {
      this.#now = next;
      if (this.state === 'open') this.#enter('half_open');
      else this.#enter('open');
    }
    this.#now = end;
  }

  isolate(): void {
    this.#locks++;
    this.#enter('isolated');
  }

  release(): void {
    this.#locks--;
    this.#choose();
  }

  switch(mode: Mode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#choose();
  }

  reset(): void {
    this.#choose();
  }

  metrics() {
    const seen = this.state === 'open' ? this.#shown : this.#window();
    const window = count(seen);
    const isOfProbes = this.state === 'half_open' || (this.state === 'open' && this.#breaks > 1);
    const means = window.calls >= (isOfProbes ? 1 : this.#options.minimumCalls);
    return {
      state: this.state,
      window,
      failureRate: means ? window.failures / window.calls : undefined,
      slowCallRate: means ? window.slow / window.calls : undefined,
      ...this.totals,
      retryAfter: this.#holdsBack() ? this.#retryAfter() : undefined,
    };
  }

  #holdsBack(): boolean {
    if (this.state === 'open' || this.state === 'isolated') return true;
    const taken = this.#outcomes.length + this.#underWay().length;
    return this.state === 'half_open' && taken >= this.#options.probes;
  }

  #retryAfter(): number {
    const { initial } = this.#options.break;
    if (this.state === 'open') return this.#deadline() - this.#now;
    if (this.state === 'isolated') return initial;
    return Math.min(initial, this.#deadline() - this.#now);
  }

  #deadline(): number {
    if (this.state === 'open') return Math.max(this.#openUntil, this.#notBefore);
    const isWaiting = this.state === 'half_open' && this.#underWay().length > 0;
    return isWaiting
      ? this.#probingSince + this.#options.halfOpenTimeout
      : Number.POSITIVE_INFINITY;
  }

  #underWay(): Token[] {
    return this.#probes.filter((probe) => !probe.isSettled);
  }

  #window(): Outcome[] {
    if (this.state === 'half_open') return this.#outcomes;
    const { window } = this.#options;
    if ('calls' in window) return this.#outcomes.slice(-window.calls);
    const width = window.period / window.buckets;
    const present = Math.floor(this.#now / width);
    return this.#outcomes.filter(({ at }) => present - Math.floor(at / width) < window.buckets);
  }

  #isBad({ calls, failures, slow }: ReturnType<typeof count>): boolean {
    const { failureRate, slowCallRate } = this.#options;
    return failures / calls >= failureRate || slow / calls >= slowCallRate;
  }

  #judgeCalls(): void {
    const counts = count(this.#window());
    if (counts.calls >= this.#options.minimumCalls && this.#isBad(counts)) this.#enter('open');
  }

  #judgeProbes(): void {
    const { calls, failures, slow } = count(this.#outcomes);
    const left = this.#options.probes - calls;
    const all = this.#options.probes;
    const atBest = this.#isBad({ calls: all, failures, slow });
    const atWorst = this.#isBad({ calls: all, failures: failures + left, slow: slow + left });
    if (atBest) this.#enter('open');
    else if (!atWorst) this.#enter('closed');
  }

  #choose(): void {
    if (this.#locks > 0) this.#enter('isolated');
    else if (this.#mode === 'enabled') this.#enter('closed');
    else this.#enter(this.#mode);
  }

  #enter(state: BreakerState): void {
    if (state === 'open') this.#shown = this.#window();
    this.state = state;
    this.#generation++;
    this.#outcomes = [];
    this.#probes = [];
    if (state === 'closed') this.#breaks = 0;
    if (state !== 'open' && state !== 'half_open') this.#notBefore = 0;
    if (state !== 'open') return;
    this.#breaks++;
    this.totals.opened++;
    const length = breakDuration(this.#options.break, this.#breaks, this.#random.next());
    this.#openUntil = this.#now + length;
  }
}

function count(outcomes: readonly Outcome[]) {
  return {
    calls: outcomes.length,
    failures: outcomes.filter(({ failed }) => failed).length,
    slow: outcomes.filter(({ slow }) => slow).length,
  };
}
