import { invalidOption } from './errors.ts';
import { MAX_TIMEOUT } from './timeout.ts';

// What checks of options share. Each throws TroupeError `InvalidOption` that names the field; those
// of numbers give the number back.

export function checkMilliseconds(field: string, value: unknown, min = 0): number {
  if (typeof value === 'number' && value >= min && value <= MAX_TIMEOUT) return value;
  throw invalidOption(field, `milliseconds from ${min} to ${MAX_TIMEOUT}`, value);
}

/** A whole number; without a `max`, any that a number can hold exactly. */
export function checkCount(
  field: string,
  value: unknown,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const count = value as number;
  if (Number.isSafeInteger(value) && count >= min && count <= max) return count;
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  throw invalidOption(field, `a whole number ${range}`, value);
}

/** What a wait is multiplied by for the next one. */
export function checkFactor(field: string, value: unknown): number {
  if (Number.isFinite(value) && (value as number) >= 1) return value as number;
  throw invalidOption(field, 'a number of 1 or more', value);
}

export function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidOption(field, 'a function', value);
}

export function checkSignal(field: string, value: unknown): void {
  const { addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  if (typeof addEventListener !== 'function') throw invalidOption(field, 'an AbortSignal', value);
}

/**
 * Options are an object, and none is misspelt.
 *
 * @param at the field that the options are themselves; left out for those of a call
 * @param within how a field within it is called
 */
export function checkNames(
  options: unknown,
  names: readonly string[],
  at?: string,
  within = (name: string) => (at === undefined ? name : `${at}.${name}`),
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption(at ?? 'options', 'an object', options);
  }
  const stray = Object.keys(options).find((name) => !names.includes(name));
  if (stray === undefined) return;
  const value: unknown = (options as Record<string, unknown>)[stray];
  throw invalidOption(within(stray), `left out: the options are ${names.join(', ')}`, value);
}
