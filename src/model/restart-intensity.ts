import { checkCount, checkNames } from './check.ts';
import { invalidOption } from './errors.ts';

/** How many restarts are borne: at most `intensity` within any `period`. */
export interface RestartIntensity {
  /** Restarts tolerated within the period. @default 3 */
  readonly intensity: number;
  /** Milliseconds; the window slides. @default 5000 */
  readonly period: number;
}

/** Erlang/OTP's shipped defaults are 1 in 5 s; Elixir's 3 in 5 s serve threads better. */
export const DEFAULT_RESTART_INTENSITY: RestartIntensity = { intensity: 3, period: 5_000 };

/** @throws TroupeError `InvalidOption` that names the field, within `field` if there is one */
export function resolveRestartIntensity(
  partial: Partial<RestartIntensity> = {},
  field?: string,
  defaults: RestartIntensity = DEFAULT_RESTART_INTENSITY,
): RestartIntensity {
  if (typeof partial !== 'object' || partial === null) {
    throw invalidOption(field ?? 'intensity', 'an intensity and a period', partial);
  }
  checkNames(partial, ['intensity', 'period'], field);
  const { intensity, period } = { ...defaults, ...partial };
  const at = (name: string) => (field === undefined ? name : `${field}.${name}`);
  checkCount(at('intensity'), intensity, 0);
  if (!Number.isFinite(period) || period <= 0) {
    throw invalidOption(at('period'), 'milliseconds above 0', period);
  }
  return { intensity, period };
}

/** The restarts that still lie within the window, oldest first, with one more at `now`. */
export function addRestart(
  restarts: readonly number[],
  now: number,
  { period }: RestartIntensity,
): readonly number[] {
  return [...restarts.filter((at) => now - at < period), now];
}

/** True once a window holds more restarts than the intensity allows. */
export function exceedsIntensity(
  restarts: readonly number[],
  { intensity }: RestartIntensity,
): boolean {
  return restarts.length > intensity;
}
