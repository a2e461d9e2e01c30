import type { ErrorRecord } from '../index.ts';

/** What is nested deeper is cut off: it could not be written, nor read by most clients. */
const MAX_DEPTH = 200;

/**
 * Any value as text of JSON. What JSON cannot carry is rendered as `docs/http.md` says: a BigInt as
 * decimal text, bytes as base64, other typed arrays and sets as arrays, a map as an array of pairs,
 * an error as its name, message, code and cause (never its stack), a cycle as `"[circular]"`.
 */
export function stringify(value: unknown): string {
  return JSON.stringify(render(value, new Set())) ?? 'null';
}

function render(value: unknown, ancestors: Set<object>): unknown {
  if (typeof value !== 'object' || value === null) return scalar(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return binary(value);
  if (ancestors.has(value)) return '[circular]';
  if (ancestors.size === MAX_DEPTH) return '[too deep]';
  ancestors.add(value);
  const rendered = container(value, (inner) => render(inner, ancestors));
  ancestors.delete(value);
  return rendered;
}

/** What is left of undefined, functions and symbols is JSON's own rule: left out, or null. */
function scalar(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function binary(value: ArrayBufferView | ArrayBuffer): unknown {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  const bytes = value instanceof Uint8Array || value instanceof Uint8ClampedArray;
  if (bytes || value instanceof DataView) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  return Array.from(value as unknown as ArrayLike<unknown>, scalar);
}

function container(value: object, inner: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, inner);
  if (value instanceof Map) return Array.from(value, ([key, item]) => [inner(key), inner(item)]);
  if (value instanceof Set) return Array.from(value, inner);
  if (value instanceof Error) return errorFields(value, inner);
  if (value instanceof RegExp) return String(value);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return inner(toJSON.call(value));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
}

function errorFields(error: Error, inner: (value: unknown) => unknown): object {
  const { name, message, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    name,
    message,
    ...(code !== undefined && { code: inner(code) }),
    ...(cause !== undefined && { cause: inner(cause) }),
  };
}

/** An error record without what is nobody's business outside: stacks. */
export function withoutStacks({ stack: _, cause, ...record }: ErrorRecord): ErrorRecord {
  return cause === undefined ? record : { ...record, cause: withoutStacks(cause) };
}
