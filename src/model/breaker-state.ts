/**
 * What a circuit breaker does with calls. `closed` lets them through and counts them, `open` refuses
 * them, `half_open` lets a few through to see; a person's will are `isolated`, which refuses all,
 * `disabled`, which lets all through and counts nothing, and `metrics_only`, which lets all through
 * and counts them. One that is `stopped`, or not yet started, lets all through.
 */
export type BreakerState =
  | 'closed'
  | 'open'
  | 'half_open'
  | 'isolated'
  | 'disabled'
  | 'metrics_only'
  | 'stopped';
