/** The tasks of the scenarios of pools: every contestant runs these very functions. */

export function increment(x: number): number {
  return x + 1;
}
