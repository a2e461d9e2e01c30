import type { Random } from '../ports/index.ts';

/**
 * Chance that can be repeated: the same seed gives the same numbers and ids.
 * Mulberry32 (T. Ettinger, 2017).
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  let ids = 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    },
    id: () => `id-${String(++ids).padStart(8, '0')}`,
  };
}
