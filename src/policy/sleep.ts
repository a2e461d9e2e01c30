import type { Clock } from '../ports/index.ts';
import { Scope } from './scope.ts';

/** Resolves after so many milliseconds; rejects with the signal's reason if that aborts first. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  let timer: unknown;
  const scope = new Scope(signal, () => clock.clearTimeout(timer));
  return scope.run(
    () =>
      new Promise((resolve) => {
        timer = clock.setTimeout(resolve, ms);
      }),
  );
}
