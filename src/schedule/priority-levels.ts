/** The range of priorities, higher first; `StartOptions` has the same. */
export const MIN_PRIORITY = -1_000;
export const MAX_PRIORITY = 1_000;

/**
 * The level that a priority belongs to: the nearest whole number of the range, halves upwards. So
 * there are never more than 2,001 levels, whatever comes; what is not a number is 0.
 */
export function priorityLevel(priority: number): number {
  const whole = priority | 0;
  if (whole === priority && whole >= MIN_PRIORITY && whole <= MAX_PRIORITY) return whole;
  return Math.round(Math.min(MAX_PRIORITY, Math.max(MIN_PRIORITY, priority))) || 0;
}

/** How many levels there are. Their indices count from the highest priority, 0, downwards. */
const LEVELS = MAX_PRIORITY - MIN_PRIORITY + 1;

const TOP_BIT = 0x8000_0000;

/**
 * A set of level indices that finds its first and last in constant time: bits, and one more bit
 * for each 32 of them that are not all 0.
 */
export class LevelSet {
  readonly #words = new Int32Array(Math.ceil(LEVELS / 32));
  readonly #summary = new Int32Array(Math.ceil(LEVELS / 1_024));

  add(index: number): void {
    setBit(this.#words, index);
    setBit(this.#summary, index >>> 5);
  }

  delete(index: number): void {
    clearBit(this.#words, index);
    if (this.#words[index >>> 5] === 0) clearBit(this.#summary, index >>> 5);
  }

  /** The lowest index, which is the highest priority; −1 when there is none. */
  first(): number {
    const low = this.#summary[0] as number;
    if (low !== 0) return this.#firstOf(Math.clz32(low));
    const high = this.#summary[1] as number;
    return high === 0 ? -1 : this.#firstOf(32 + Math.clz32(high));
  }

  /** The lowest index above this one; −1 when there is none. */
  after(index: number): number {
    const next = index + 1;
    let word = next >>> 5;
    if (word >= this.#words.length) return -1;
    const rest = (this.#words[word] as number) & (-1 >>> (next & 31));
    if (rest !== 0) return (word << 5) + Math.clz32(rest);
    for (word++; word < this.#words.length; word++) {
      if (this.#words[word] !== 0) return this.#firstOf(word);
    }
    return -1;
  }

  /** The highest index below this one; −1 when there is none. */
  before(index: number): number {
    const last = index - 1;
    if (last < 0) return -1;
    let word = last >>> 5;
    const rest = (this.#words[word] as number) & ~((-1 >>> 1) >>> (last & 31));
    if (rest !== 0) return (word << 5) + lastBit(rest);
    for (word--; word >= 0; word--) {
      const bits = this.#words[word] as number;
      if (bits !== 0) return (word << 5) + lastBit(bits);
    }
    return -1;
  }

  /** The highest index, which is the lowest priority; −1 when there is none. */
  last(): number {
    return this.before(LEVELS);
  }

  #firstOf(word: number): number {
    return (word << 5) + Math.clz32(this.#words[word] as number);
  }
}

function setBit(words: Int32Array, index: number): void {
  const word = index >>> 5;
  words[word] = (words[word] as number) | (TOP_BIT >>> (index & 31));
}

function clearBit(words: Int32Array, index: number): void {
  const word = index >>> 5;
  words[word] = (words[word] as number) & ~(TOP_BIT >>> (index & 31));
}

/** Where the last bit that is set is, counted from the top. */
function lastBit(bits: number): number {
  return Math.clz32(bits & -bits);
}
