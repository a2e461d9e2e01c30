import { invalidOption } from '../model/index.ts';
import { type BreakerPart, isBreaker } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { Fallback } from './fallback.ts';
import type { Hedge } from './hedge.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Retrying } from './retrying.ts';
import type { Timeout } from './timeout.ts';

/** What a policy is made of. */
export type PolicyPart =
  | Fallback<unknown>
  | Bulkhead
  | Timeout
  | Retrying
  | Hedge
  | RateLimit
  | BreakerPart;

/** The parts of a policy, each in its place; a timeout can fill two. */
export interface Slots {
  readonly fallback?: Fallback<unknown>;
  readonly bulkhead?: Bulkhead;
  readonly total?: number;
  readonly retry?: Retrying;
  readonly hedge?: Hedge;
  readonly rateLimit?: RateLimit;
  readonly breaker?: BreakerPart;
  readonly attempt?: number;
}

/** @throws TroupeError `InvalidOption` for what is no part, and for a second one of a kind */
export function slotsOf(parts: readonly PolicyPart[]): Slots {
  const slots: Slots = {};
  parts.forEach((part, index) => {
    const claimed = slotsOfPart(part, index);
    const twice = Object.keys(claimed).find((slot) => Object.hasOwn(slots, slot));
    if (twice !== undefined) {
      const name = twice === 'total' || twice === 'attempt' ? `${twice} timeout` : twice;
      throw invalidOption(`parts[${index}]`, `the only ${name} of the policy`, part);
    }
    Object.assign(slots, claimed);
  });
  return slots;
}

function slotsOfPart(part: PolicyPart, index: number): Slots {
  if (isBreaker(part)) return { breaker: part };
  switch (part?.kind) {
    case 'timeout': {
      const { kind: _, ...limits } = part;
      return limits;
    }
    case 'fallback':
    case 'bulkhead':
    case 'retry':
    case 'hedge':
    case 'rateLimit':
      return { [part.kind]: part };
    default: {
      const parts = 'fallback(), bulkhead(), timeout(), retry(), hedge(), rateLimit() or a breaker';
      throw invalidOption(`parts[${index}]`, parts, part);
    }
  }
}
