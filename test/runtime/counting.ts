import type { CachePolicy, ExecutionEvent, RuntimeEvent } from '../../src/index.ts';
import { gate } from '../support/gate.ts';
import { simulate } from './simulated.ts';

export const cache: CachePolicy = { ttl: 100 };

/** A runtime with a task that counts its runs, and one that a test ends by hand. */
export async function counting(options?: Parameters<typeof simulate>[1]) {
  let runs = 0;
  const open: ReturnType<typeof gate<unknown>>[] = [];
  const aborted: number[] = [];
  const simulated = await simulate(
    {
      count: (input) => ({ input, run: ++runs }),
      wait: (_input, { signal }) => {
        const own = gate<unknown>();
        const at = open.push(own) - 1;
        signal.addEventListener('abort', () => aborted.push(at));
        return own.passed;
      },
    },
    options,
  );
  const told: RuntimeEvent[] = [];
  simulated.runtime.subscribe((event) => told.push(event));
  const completed = () =>
    told.filter(
      (event): event is ExecutionEvent<'step.completed'> => event.type === 'step.completed',
    );
  /** Lets everything go as far as it can. */
  const settle = () => simulated.clock.advance(0);
  return { ...simulated, open, aborted, told, completed, settle, runs: () => runs };
}
