import { types } from 'node:util';
import { MessagePort } from 'node:worker_threads';

/** How Node marks the classes of its own that structured clone carries, and those that it moves. */
const CLONED = 'messaging_clone_symbol';
const MOVED = 'messaging_transfer_symbol';

/** The types of ES know it as a namespace only. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  WebAssembly: { Module: new () => object };
};

/** Whether instances of a class arrive as instances of it; not so for File on Node 20. */
const survivors = new WeakMap<object, boolean>();

export function isPort(object: object): object is MessagePort {
  return object instanceof MessagePort;
}

/** True for what moves when it is listed, and cannot travel otherwise: streams, file handles. */
export function isMovable(object: object): boolean {
  // Every AbortSignal has the mark, and next to none can move.
  return hasMark(object, MOVED) && !(object instanceof AbortSignal);
}

/** True for objects of the platform that structured clone carries as they are: Blob, KeyObject. */
export function isCloneable(object: object): boolean {
  if (types.isKeyObject?.(object) || types.isCryptoKey?.(object)) return true;
  if (object instanceof webAssembly.Module) return true;
  return hasMark(object, CLONED) && survives(object);
}

/** True for what is of a class that Node has marked so; without a mark, as either. */
export function hasMark(object: object, ...marks: string[]): boolean {
  const wanted: readonly unknown[] = marks.length === 0 ? [CLONED, MOVED] : marks;
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    const symbols = Object.getOwnPropertySymbols(at);
    if (symbols.some(({ description }) => wanted.includes(description))) return true;
  }
  return false;
}

function survives(object: object): boolean {
  const prototype: object = Object.getPrototypeOf(object);
  const known = survivors.get(prototype);
  if (known !== undefined) return known;
  const answer = nameOf(tryToClone(object)) === nameOf(object);
  survivors.set(prototype, answer);
  return answer;
}

function tryToClone(object: object): object {
  try {
    return structuredClone(object);
  } catch {
    return {};
  }
}

function nameOf(object: object): unknown {
  return Object.getPrototypeOf(object)?.constructor?.name;
}
