import { expect } from 'vitest';
import type { Breaker } from '../../actors/breaker.ts';
import { CircuitBreaker } from '../../actors/circuit-breaker.ts';
import type { BreakerOptions, ExitReason, RuntimeEvent } from '../../src/model/index.ts';
import type { Admitted, EventSink } from '../../src/ports/index.ts';
import { seededRandom, VirtualClock } from '../../src/testing/index.ts';

export const ILL = new Error('ill');
export const fail = () => Promise.reject(ILL);

/** Opens at the second failure of two calls, for 100 ms. */
const TOUCHY: BreakerOptions = {
  window: { calls: 4 },
  minimumCalls: 2,
  break: { initial: 100, jitter: 0 },
};

/** A breaker that has begun, on a clock in the test's hand, and everything that it tells. */
export function breakerWith(options: BreakerOptions = {}, sink?: EventSink) {
  const clock = new VirtualClock();
  const told: RuntimeEvent[] = [];
  const exits: ExitReason[] = [];
  const breaker = new CircuitBreaker(
    'mail',
    { ...TOUCHY, ...options },
    {
      clock,
      random: seededRandom(1),
      sink: sink ?? { publish: (event) => told.push(event) },
    },
  );
  const begin = () => breaker.start({ exited: (reason) => exits.push(reason) });
  begin();
  const types = () => told.map(({ type }) => type);
  return { breaker, clock, told, types, exits, begin };
}

export async function trip(breaker: Breaker): Promise<void> {
  while (breaker.state !== 'open') await breaker.execute(fail).catch(() => {});
}

/** What is admitted; a failed test if it is refused. */
export function admitted(breaker: Breaker): Admitted {
  const admission = breaker.admit();
  if (!admission.admitted) expect.fail(`refused for ${admission.retryAfter} ms`);
  return admission;
}
