import { invalidOption } from '../model/index.ts';

/** What is to be moved with a marked value: all that it holds, or those listed. */
export type Mark = 'all' | readonly object[];

interface Registry {
  readonly marks: WeakMap<object, Mark>;
  /** False until something is marked: until then nobody need look. */
  used: boolean;
}

/**
 * One for all copies of troupe in a thread: a task module may well import another than the one that
 * runs it.
 */
const KEY = Symbol.for('troupe.transfer');
const shelf = globalThis as unknown as Record<symbol, Registry | undefined>;
shelf[KEY] ??= { marks: new WeakMap(), used: false };
const registry: Registry = shelf[KEY];

/**
 * Marks a value so that its memory moves to the other thread in place of being copied, as a task's
 * input or output, or as a part of one. Its ArrayBuffers, also those under typed arrays and Buffers,
 * are empty here once it is sent: so it can be sent once, and an input that moves cannot be tried
 * again. What else moves, as streams and file handles do, can only travel so. A MessagePort moves in
 * any case.
 *
 * @param list moves only these of what the value holds: buffers or views of them, ports, streams,
 *   file handles; @default all of them
 * @returns the value itself
 * @throws TroupeError `InvalidOption` for a list that is none
 *
 * @example await runtime.run(images.scale, { width: 100, pixels: transfer(pixels) });
 */
export function transfer<T>(value: T, list?: readonly object[]): T {
  if (list !== undefined) checkList(list);
  if (typeof value === 'object' && value !== null) {
    registry.marks.set(value, list === undefined ? 'all' : [...list]);
    registry.used = true;
  }
  return value;
}

function checkList(list: unknown): void {
  const isList = Array.isArray(list) && list.every((it) => typeof it === 'object' && it !== null);
  if (!isList) throw invalidOption('list', 'an array of what is to be moved', list);
}

/** True once anything was marked in this thread. */
export function marksAreUsed(): boolean {
  return registry.used;
}

export function markOf(value: object): Mark | undefined {
  return registry.used ? registry.marks.get(value) : undefined;
}
