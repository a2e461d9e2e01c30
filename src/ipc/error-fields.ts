import { types } from 'node:util';
import { TroupeError } from '../model/index.ts';
import { isPlain, put } from './plain.ts';

/** The classes that an error keeps on its way; of any other it keeps the nearest of these. */
const CLASSES = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
  TroupeError,
} as const;

type ClassName = keyof typeof CLASSES;

/** What there is to an error besides its class. */
export interface ErrorFields {
  readonly base: ClassName;
  /** Keys that enumerations do not show, as those of message, stack and cause. */
  readonly hidden: readonly string[];
  /** All others of its own. */
  readonly shown: readonly string[];
}

/** Also one of another realm, and one that is none by birth, as a DOMException. */
export function isErrorLike(value: object): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

export function fieldsOf(error: Error): ErrorFields {
  const base = baseOf(error);
  const shown = Object.keys(error);
  const hidden = ['name', 'message', 'stack', 'cause', 'errors'].filter(
    (key) => !shown.includes(key) && isTold(error, key, base),
  );
  return { base, hidden, shown };
}

/** True for what its class alone would not say. */
function isTold(error: Error, key: string, base: ClassName): boolean {
  if (key === 'cause' || key === 'errors') return Object.hasOwn(error, key);
  const inherited = (CLASSES[base].prototype as unknown as Record<string, unknown>)[key];
  return Object.hasOwn(error, key) || readOrNothing(error, key) !== inherited;
}

function readOrNothing(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function baseOf(error: Error): ClassName {
  if (TroupeError.is(error)) return 'TroupeError';
  let prototype: unknown = Object.getPrototypeOf(error);
  while (typeof prototype === 'object' && prototype !== null) {
    const name: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value?.name;
    if (isClassName(name)) return name;
    prototype = Object.getPrototypeOf(prototype);
  }
  return 'Error';
}

function isClassName(name: unknown): name is ClassName {
  return typeof name === 'string' && Object.hasOwn(CLASSES, name);
}

/** An error without message and stack, to be filled in on the other side. */
export function bareError(): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new Error();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * What structured clone does not carry of an object: the class and fields of an error, properties of
 * a RegExp, Map, Set or Date.
 */
export type Patch = readonly [
  target: object,
  base: string,
  hidden: Readonly<Record<string, unknown>>,
  shown: Readonly<Record<string, unknown>>,
];

/** Gives an object that arrived what was left behind. */
export function applyPatch([target, base, hidden, shown]: Patch): void {
  if (isClassName(base)) Object.setPrototypeOf(target, CLASSES[base].prototype);
  for (const [key, value] of Object.entries(hidden)) give(target, key, value, false);
  for (const [key, value] of Object.entries(shown)) give(target, key, value, true);
}

function give(target: object, key: string, value: unknown, enumerable: boolean): void {
  const present = Object.getOwnPropertyDescriptor(target, key);
  // As the lastIndex of a RegExp, which can be set but not defined.
  if (present?.configurable === false) Reflect.set(target, key, value);
  else {
    Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
  }
}

/** Whoever walks the value that the error is a part of. */
export interface ErrorHost {
  /** The copy of what an object has under a key; throws a refusal. */
  property(object: object, key: string): unknown;
  /**
   * Does something, and if that is refused forgets all that was begun.
   *
   * @returns where it was refused, seen from here, and why: `.socket[0]: a function`
   */
  attempt(act: () => void): string | undefined;
}

/** Under this key an error says what of it did not travel. */
const NOTES = 'notCarried';

type Fields = Record<string, unknown>;

/**
 * What makes a bare error the copy of another. An error is never refused: what of its properties
 * cannot travel is left out, with a note.
 */
export function captureError(error: Error, copy: Error, host: ErrorHost): Patch {
  const { base, hidden, shown } = fieldsOf(error);
  const notes: string[] = [];
  const given = carried(error, hidden, { host, notes, prunes: true });
  const others = carried(error, shown, { host, notes, prunes: true });
  if (notes.length > 0) others[NOTES] = notes;
  return [copy, base, given, others];
}

interface Carrying {
  readonly host: ErrorHost;
  readonly notes: string[];
  /** What is left of a plain object travels without the rest: its details are worth having. */
  readonly prunes: boolean;
}

function carried(object: object, keys: readonly string[], carrying: Carrying): Fields {
  const { host, notes, prunes } = carrying;
  const copy: Fields = {};
  for (const key of keys) {
    const note = host.attempt(() => put(copy, key, host.property(object, key)));
    if (note === undefined) continue;
    const whole = prunes ? plainAt(object, key) : undefined;
    if (whole === undefined) notes.push(note.replace(/^\./, ''));
    else put(copy, key, pruned(whole, key, carrying));
  }
  return copy;
}

function pruned(object: object, key: string, { host, notes }: Carrying): Fields {
  const found: string[] = [];
  const copy = carried(object, Object.keys(object), { host, notes: found, prunes: false });
  for (const note of found) notes.push(`${key}.${note}`);
  return copy;
}

function plainAt(object: object, key: string): object | undefined {
  try {
    const value = (object as Fields)[key];
    return typeof value === 'object' && value !== null && isPlain(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
