import type { TaskContext } from 'troupe';

/** Counts primes by trial division: honest work, that looks up now and then whether it is wanted. */
export function count({ upTo }: { upTo: number }, ctx: TaskContext): number {
  let primes = 0;
  for (let n = 2; n <= upTo; n++) {
    if (n % 1_024 === 0) ctx.throwIfCancelled();
    if (isPrime(n)) primes++;
  }
  return primes;
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}
