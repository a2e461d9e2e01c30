import { bindPolicy, type PolicyFactory } from '../policy/index.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';

/**
 * Composes policies into one that runs functions, on real time and chance. The parts may be given
 * in any order, at most one of each kind; from the outside in, they always come as fallback,
 * bulkhead, total timeout, retry, hedge, rate limit, breaker, attempt timeout.
 *
 * @throws TroupeError `InvalidOption`
 *
 * @example
 * const calm = policy(timeout({ total: 5_000, attempt: 1_000 }), retry(), bulkhead({ queue: 100 }));
 * const page = await calm.execute(({ signal }) => fetch(url, { signal }));
 */
export const policy: PolicyFactory = bindPolicy({ clock: systemClock, random: systemRandom() });
