import { checkFunction, checkNames, checkSignal } from '../model/index.ts';
import { breakerLayer } from './breaker.ts';
import { bulkheadLayer } from './bulkhead.ts';
import {
  type Call,
  type Layer,
  type Next,
  type PolicyContext,
  type PolicyPorts,
  perform,
  Runs,
} from './call.ts';
import { type Fallback, fallbackLayer } from './fallback.ts';
import { hedgeLayer } from './hedge.ts';
import { type PolicyPart, type Slots, slotsOf } from './parts.ts';
import { rateLimitLayer } from './rate-limit.ts';
import { retryLayer } from './retrying.ts';
import { Scope } from './scope.ts';
import { timeoutLayer } from './timeout.ts';

export interface PolicyCallOptions {
  /** Ends the call with its reason, wherever it is, and aborts the function's signal. */
  readonly signal?: AbortSignal;
}

/** Runs functions as its parts say. Its places, tokens and limits are shared by all its calls. */
export interface Policy<Stead = never> {
  /**
   * Runs the function until it succeeds or the policy gives up.
   *
   * @throws what the function threw last; TroupeError `Timeout` and `Overloaded`; the reason of the
   *   signal; `InvalidOption` when a predicate throws; what the breaker throws
   */
  execute<T>(
    fn: (context: PolicyContext) => T | Promise<T>,
    options?: PolicyCallOptions,
  ): Promise<T | Stead>;
}

/** What the fallback among the parts gives; never, if there is none. */
export type SteadOf<Part> = Part extends Fallback<infer Stead> ? Stead : never;

/** Makes policies. */
export type PolicyFactory = <Parts extends readonly PolicyPart[]>(
  ...parts: Parts
) => Policy<SteadOf<Parts[number]>>;

/** The factory of policies on this clock and chance, as a test needs it. */
export function bindPolicy(ports: PolicyPorts): PolicyFactory {
  return (...parts) => new LayeredPolicy(layersOf(slotsOf(parts), ports));
}

class LayeredPolicy implements Policy<never> {
  readonly #next: Next;

  constructor(layers: readonly Layer[]) {
    this.#next = layers.reduceRight<Next>(
      (next, layer) => (call: Call) => layer(call, next),
      perform,
    );
  }

  async execute<T>(
    fn: (context: PolicyContext) => T | Promise<T>,
    options: PolicyCallOptions = {},
  ): Promise<T> {
    checkFunction('fn', fn);
    checkNames(options, ['signal']);
    const { signal } = options;
    if (signal !== undefined) checkSignal('signal', signal);
    const call = { fn, attempt: 1, hedge: 0, runs: new Runs() };
    const outcome = new Scope(signal).run((own) => this.#next({ ...call, signal: own }));
    return outcome as Promise<T>;
  }
}

/**
 * The one right order, outermost first; docs/policies.md says why. Each layer sees as one what lies
 * within it.
 */
function layersOf(slots: Slots, ports: PolicyPorts): Layer[] {
  const { fallback, bulkhead, total, retry, hedge, rateLimit, breaker, attempt } = slots;
  const { clock } = ports;
  const layers = [
    fallback && fallbackLayer(fallback),
    bulkhead && bulkheadLayer(bulkhead),
    total !== undefined && timeoutLayer('total', total, clock),
    retry && retryLayer(retry, ports),
    hedge && hedgeLayer(hedge, clock, retry?.retry.budget),
    rateLimit && rateLimitLayer(rateLimit, clock),
    breaker && breakerLayer(breaker),
    attempt !== undefined && timeoutLayer('attempt', attempt, clock),
  ];
  return layers.filter((layer) => typeof layer === 'function');
}
