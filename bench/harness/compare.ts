/** Who is better, and by how much: one direction for every unit, above 1 is better. */

/** How many times better `value` is than `other`. */
export function ratio(value: number, other: number, higherIsBetter: boolean): number {
  return higherIsBetter ? value / other : other / value;
}

/** The entry with the best median; undefined for none. */
export function best<T extends { readonly median: number }>(
  entries: readonly T[],
  higherIsBetter: boolean,
): T | undefined {
  let leader: T | undefined;
  for (const entry of entries) {
    if (!leader || ratio(entry.median, leader.median, higherIsBetter) > 1) leader = entry;
  }
  return leader;
}
