export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}

/** Tells of what a callback gave that is a promise, when that rejects. */
export function onRejection(given: PromiseLike<unknown>, tell: (error: unknown) => void): void {
  Promise.resolve(given).then(undefined, tell);
}
