import { invalidOption } from './errors.ts';
import { MAX_TIMEOUT } from './timeout.ts';

// What checks of options share. Each throws TroupeError `InvalidOption` that names the field.

export function checkMilliseconds(field: string, value: unknown, min = 0): void {
  if (typeof value === 'number' && value >= min && value <= MAX_TIMEOUT) return;
  throw invalidOption(field, `milliseconds from ${min} to ${MAX_TIMEOUT}`, value);
}

export function checkCount(field: string, value: unknown, min: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= min) return;
  throw invalidOption(field, `a whole number of ${min} or more`, value);
}

export function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidOption(field, 'a function', value);
}

/** Options are an object, and none is misspelt. */
export function checkNames(options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('options', 'an object', options);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) throw invalidOption(name, `one of ${names.join(', ')}`, value);
  }
}
