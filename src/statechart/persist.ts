import type { AnyActorRef, Snapshot } from 'xstate';
import { invalidOption, TroupeError } from '../model/index.ts';

/**
 * An actor's state as data that survives its process: what XState persists, checked to be
 * serialisable, so that nothing is lost in silence when it is written down. Restore it with the
 * `snapshot` option of XState's `createActor`.
 *
 * @throws TroupeError `InvalidOption` for what is no actor, `NotSerializable`, naming the path of the first value that is not, or for a
 *   context with a cycle
 */
export function persist(actor: AnyActorRef): Snapshot<unknown> {
  const persistable = actor as AnyActorRef & Persistable;
  if (typeof persistable?.getPersistedSnapshot !== 'function') {
    throw invalidOption('actor', 'an actor, such as the ref of a handle', actor);
  }
  const snapshot = snapshotOf(persistable);
  const found = findForeign(snapshot);
  if (found === undefined) return snapshot;
  const message = `the snapshot of ${actor.id} cannot be serialised: ${found.path} is ${found.what}`;
  throw new TroupeError('NotSerializable', message, { details: { actor: actor.id, ...found } });
}

interface Persistable {
  getPersistedSnapshot(): Snapshot<unknown>;
}

/** XState walks a context by recursion. */
function snapshotOf(actor: AnyActorRef & Persistable): Snapshot<unknown> {
  try {
    return actor.getPersistedSnapshot();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = `the snapshot of ${actor.id} cannot be serialised: it goes round in a circle, or is nested too deep`;
    throw new TroupeError('NotSerializable', message, { cause, details: { actor: actor.id } });
  }
}

interface Foreign {
  /** From the snapshot on: `.context.items[2].run`. */
  readonly path: string;
  readonly what: string;
}

/** Walks without recursion, each object once. */
function findForeign(root: unknown): Foreign | undefined {
  const seen = new Set<object>();
  const open: { readonly path: string; readonly value: unknown }[] = [{ path: '', value: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, value } = next;
    const what = foreignKind(value);
    if (what !== undefined) return { path, what };
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    for (const [key, inner] of entriesOf(value)) open.push({ path: `${path}${key}`, value: inner });
  }
  return undefined;
}

function foreignKind(value: unknown): string | undefined {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value !== 'object' || value === null || isData(value)) return undefined;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return undefined;
  return `a ${prototype.constructor?.name ?? 'foreign'} object`;
}

/** What the codec of frames and records carries faithfully. */
function isData(value: object): boolean {
  return DATA.some((type) => value instanceof type) || ArrayBuffer.isView(value);
}

const DATA = [Array, Map, Set, Date, RegExp, Error, ArrayBuffer];

function* entriesOf(value: object): Generator<readonly [key: string, value: unknown]> {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield [`[${i}]`, value[i]];
  } else if (value instanceof Map || value instanceof Set) {
    for (const [key, inner] of value.entries()) {
      yield [`{${String(key)}}`, inner];
      yield ['{key}', key];
    }
  } else if (!ArrayBuffer.isView(value)) {
    for (const [key, inner] of Object.entries(value)) yield [`.${key}`, inner];
  }
}
