import { checkFactor, checkMilliseconds, checkNames } from './check.ts';
import { invalidOption } from './errors.ts';

/** The growing wait before a child is started again, in milliseconds. */
export interface BackOffOptions {
  /** Before the first restart. @default 100 */
  readonly initial?: number;
  /** What it is multiplied by from restart to restart. @default 2 */
  readonly factor?: number;
  /** No wait is longer. @default 30000 */
  readonly max?: number;
  /** `full` draws the wait evenly between 0 and the computed one. @default 'full' */
  readonly jitter?: 'full' | 'none';
  /** A child that has lived so long since its start begins anew with `initial`. @default 60000 */
  readonly resetAfter?: number;
}

const DEFAULTS: Required<BackOffOptions> = {
  initial: 100,
  factor: 2,
  max: 30_000,
  jitter: 'full',
  resetAfter: 60_000,
};

/** @throws TroupeError `InvalidOption` that names the field within `field` */
export function resolveBackOff(field: string, partial: BackOffOptions): Required<BackOffOptions> {
  if (typeof partial !== 'object' || partial === null) {
    throw invalidOption(field, 'the options of a back-off', partial);
  }
  checkNames(partial, Object.keys(DEFAULTS), field);
  const options = { ...DEFAULTS, ...partial };
  const { initial, factor, max, jitter, resetAfter } = options;
  for (const [name, value] of Object.entries({ initial, max, resetAfter })) {
    checkMilliseconds(`${field}.${name}`, value);
  }
  checkFactor(`${field}.factor`, factor);
  if (jitter !== 'full' && jitter !== 'none') {
    throw invalidOption(`${field}.jitter`, "'full' or 'none'", jitter);
  }
  return options;
}

/**
 * The wait before a restart: exponential, with full jitter unless told otherwise (M. Brooker,
 * "Exponential Backoff And Jitter", 2015).
 *
 * @param restarts those in a row that came before, 0 or more
 * @param random in [0, 1)
 */
export function backOffDelay(
  { initial, factor, max, jitter }: Required<BackOffOptions>,
  restarts: number,
  random: number,
): number {
  const growth = Math.min(factor ** restarts, Number.MAX_VALUE);
  const ceiling = Math.min(max, initial * growth);
  return jitter === 'full' ? ceiling * random : ceiling;
}
