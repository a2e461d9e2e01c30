import { types } from 'node:util';
import { hasMark } from './platform.ts';

/** Sets a property of its own, also under the key that would otherwise set the prototype. */
export function put(target: object, key: string, value: unknown): void {
  if (key !== '__proto__') (target as Record<string, unknown>)[key] = value;
  else {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
}

/** True for an object that is nothing but its fields: of a literal, or of a class in JavaScript. */
export function isPlain(object: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(object);
  return prototype === null || prototype === Object.prototype || isPlainPrototype(prototype);
}

const verdicts = new WeakMap<object, boolean>();

/**
 * True for the prototype of a class that extends nothing of the language's or the platform's own,
 * whose instances hold what no field shows.
 */
export function isPlainPrototype(prototype: object): boolean {
  const known = verdicts.get(prototype);
  if (known !== undefined) return known;
  const verdict = !hasMark(prototype) && extendsNothingNative(prototype);
  verdicts.set(prototype, verdict);
  return verdict;
}

function extendsNothingNative(prototype: object): boolean {
  for (let at: object | null = prototype; at !== null; ) {
    const above: object | null = Object.getPrototypeOf(at);
    const maker: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    // The root of this realm or another.
    if (above === null && typeof maker === 'function' && maker.name === 'Object') return true;
    if (isNative(maker)) return false;
    // What the platform makes is tagged, and global, or without a constructor as iterators are.
    if (Object.hasOwn(at, Symbol.toStringTag) && !isOwnClass(maker)) return false;
    at = above;
  }
  return true;
}

function isNative(maker: unknown): boolean {
  return (
    typeof maker === 'function' &&
    Function.prototype.toString.call(maker).endsWith('{ [native code] }')
  );
}

function isOwnClass(maker: unknown): boolean {
  if (typeof maker !== 'function') return false;
  return (globalThis as unknown as Record<string, unknown>)[maker.name] !== maker;
}

type Copier = readonly [is: (object: object) => boolean, copy: (object: never) => object];

/** Objects of the language that hold nothing but a primitive, and can be changed all the same. */
const COPIERS: readonly Copier[] = [
  [types.isDate, (date) => new Date(Date.prototype.getTime.call(date))],
  [types.isRegExp, ({ source, flags }: RegExp) => new RegExp(source, flags)],
  [types.isNumberObject, (number) => Object(Number.prototype.valueOf.call(number))],
  [types.isStringObject, (text) => Object(String.prototype.valueOf.call(text))],
  [types.isBooleanObject, (flag) => Object(Boolean.prototype.valueOf.call(flag))],
  [types.isBigIntObject, (bigint) => Object(BigInt.prototype.valueOf.call(bigint))],
];

/** A Date, a RegExp or an object around a primitive, anew; nothing for any other. */
export function copyOfLeaf(object: object): object | undefined {
  return COPIERS.find(([is]) => is(object))?.[1](object as never);
}
