/** A chain of causes longer than this is not followed; it is also what ends a cyclic chain. */
const MAX_CAUSES = 8;

/**
 * Milliseconds that an error asks to be left alone for: its `retryAfter`, or the one of its
 * `details`, or that of its nearest cause that has one. A server's `Retry-After` header is in
 * seconds: whoever reads it makes milliseconds of it. Never throws.
 */
export function retryAfterOf(error: unknown): number | undefined {
  let at = error;
  for (let depth = 0; depth <= MAX_CAUSES; depth++) {
    if (typeof at !== 'object' || at === null) return undefined;
    const asked = waitOf(read(at, 'retryAfter')) ?? waitOf(read(read(at, 'details'), 'retryAfter'));
    if (asked !== undefined) return asked;
    at = read(at, 'cause');
  }
  return undefined;
}

/** The value, if it can be a wait: a finite number of milliseconds, not below 0. */
export function waitOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** A thrown object's accessors are foreign code: they may throw. */
function read(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
