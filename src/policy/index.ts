/** What happens around a task, or any function, besides running it: retry, limits, fallback, hedging. */
export type { BreakerPart } from './breaker.ts';
export { type Bulkhead, type BulkheadOptions, bulkhead } from './bulkhead.ts';
export type { PolicyContext, PolicyPorts } from './call.ts';
export {
  type Fallback,
  type FallbackFunction,
  type FallbackOptions,
  fallback,
} from './fallback.ts';
export { GatedDispatcher } from './gated-dispatcher.ts';
export { type Hedge, type HedgeOptions, hedge } from './hedge.ts';
export type { PolicyPart } from './parts.ts';
export {
  bindPolicy,
  type Policy,
  type PolicyCallOptions,
  type PolicyFactory,
  type SteadOf,
} from './policy.ts';
export { type RateLimit, type RateLimitOptions, rateLimit } from './rate-limit.ts';
export { retryDelay } from './retry.ts';
export { type Retrying, retry } from './retrying.ts';
export { type Timeout, type TimeoutOptions, timeout } from './timeout.ts';
