/** Order statistics of small samples. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** In the order in which they were measured. */
  readonly samples: readonly number[];
}

/** The q-quantile (0 to 1), linearly interpolated between the two nearest samples. */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) throw new RangeError('quantile: expected at least one sample');
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile: expected q from 0 to 1, got ${q}`);
  const sorted = samples.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function summarize(samples: readonly number[]): Summary {
  return {
    median: median(samples),
    min: quantile(samples, 0),
    max: quantile(samples, 1),
    samples: [...samples],
  };
}

/** Six significant digits: more than any of these measurements carries. */
export function roundSignificant(value: number, digits = 6): number {
  return Number(value.toPrecision(digits));
}
