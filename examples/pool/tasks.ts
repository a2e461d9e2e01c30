import type { TaskContext } from 'troupe';

/** What honest tasks do: the largest prime up to `limit`. */
export function largestPrime(limit: number): number {
  for (let candidate = limit; candidate > 2; candidate--) if (isPrime(candidate)) return candidate;
  return 2;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return n > 1;
}

/** What others do. */
export function loopForEver(_: unknown): never {
  for (;;);
}

export async function crash(_: unknown): Promise<never> {
  setImmediate(() => {
    throw new Error('nobody catches this');
  });
  return new Promise(() => {});
}

export function exit(_: unknown): never {
  process.exit(0);
}

export function hoard(_: unknown): never {
  const hoard: object[] = [];
  for (;;) hoard.push(Array.from({ length: 1_000 }, () => Math.random()));
}

/** Stops in a loop that never yields, because it looks whether it should. */
export function search(_: unknown, ctx: TaskContext): never {
  for (;;) ctx.throwIfCancelled();
}

/** Tells its primes as it finds them, as fast as they are read. */
export async function* primes(limit: number): AsyncGenerator<number> {
  for (let n = 2; n <= limit; n++) if (isPrime(n)) yield n;
}
