import { describe } from './errors.ts';

/**
 * What a check observed, as JSON can carry it, and as it is now: whoever asks later must not meet
 * what became of it. What JSON has no form for is text.
 */
export function observedValueOf(value: unknown): unknown {
  try {
    const json = JSON.stringify(value, replace);
    return json === undefined ? describe(value) : JSON.parse(json);
  } catch {
    // It holds itself, is nested too deep, or throws when it is read.
    return describe(value);
  }
}

function replace(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
