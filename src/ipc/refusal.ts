import { types } from 'node:util';
import { messageOf, TroupeError } from '../model/index.ts';
import { MAX_DEPTH, MAX_ERRORS } from './value-options.ts';

/** Where a value stands in the one that holds it: a key, an index, or a way into a collection. */
export type Segment = string | number | Way;

/** Into a Map or Set, and by a symbol: what has no notation as a key has one as a call. */
export interface Way {
  readonly text: string;
}

/** A path longer than this is shown without its middle. */
const SHOWN_SEGMENTS = 24;
const SHOWN_TEXT = 80;
const NAME = /^[A-Za-z_$][\w$]*$/;
const INDEX = /^\d{1,15}$/;

/** `input.users[3].save`, `input["odd key"]`, `output.get("a")`: as one would write it in code. */
export function pathText(root: string, trail: readonly Segment[]): string {
  if (trail.length <= SHOWN_SEGMENTS) return root + trail.map(segmentText).join('');
  const head = trail.slice(0, SHOWN_SEGMENTS / 2).map(segmentText);
  const tail = trail.slice(-4).map(segmentText);
  const left = trail.length - head.length - tail.length;
  return `${root}${head.join('')}…(${left} more)…${tail.join('')}`;
}

function segmentText(segment: Segment): string {
  if (typeof segment === 'number') return `[${segment}]`;
  if (typeof segment !== 'string') return segment.text;
  if (INDEX.test(segment)) return `[${segment}]`;
  return NAME.test(segment) ? `.${segment}` : `[${JSON.stringify(clip(segment))}]`;
}

/** The way to a Map's value: by its key where that can be written down, else by its place. */
export function mapValue(key: unknown, place: number): Way {
  if (typeof key === 'string') return { text: `.get(${JSON.stringify(clip(key))})` };
  if (typeof key === 'number') return { text: `.get(${key})` };
  return { text: `.values()[${place}]` };
}

function clip(text: string): string {
  return text.length <= SHOWN_TEXT ? text : `${text.slice(0, SHOWN_TEXT)}…`;
}

/** What cannot travel, and what its sender can do. */
export interface Refusal {
  /** As in "it is a function". */
  readonly what: string;
  /** As in "send data instead". */
  readonly advice: string;
  /** Where it cannot go. @default 'threads' */
  readonly between?: 'threads' | 'processes';
  /** What reading the value threw. */
  readonly cause?: unknown;
}

/**
 * The error for a value that holds what cannot travel.
 *
 * @example input.users[3].save is a function, which cannot travel between threads: send data instead
 */
export function notSerializable(path: string, refusal: Refusal): TroupeError {
  const { what, advice, between = 'threads', cause } = refusal;
  const message = `${path} is ${what}, which cannot travel between ${between}: ${advice}`;
  return new TroupeError('NotSerializable', message, {
    ...(cause !== undefined && { cause }),
    details: { path, what },
  });
}

/** @param bytes what was counted when the limit was passed; the value may hold more */
export function payloadTooLarge(name: string, bytes: number, limit: number): TroupeError {
  const message = `${name} is of ${bytes} bytes or more, over the limit of ${limit}: send less, or move it with transfer()`;
  return new TroupeError('PayloadTooLarge', message, { details: { path: name, bytes, limit } });
}

export const A_FUNCTION: Refusal = { what: 'a function', advice: 'send data instead' };

export const TOO_DEEP: Refusal = {
  what: `nested deeper than ${MAX_DEPTH} levels`,
  advice: 'send a list of its parts instead',
};

export const TOO_MANY_ERRORS: Refusal = {
  what: `nested in more than ${MAX_ERRORS} errors`,
  advice: 'cut the chain of causes',
};

export const MOVED_AWAY: Refusal = {
  what: 'memory that was moved elsewhere',
  advice: 'what was sent with transfer() is gone here, and cannot be sent again',
};

export const UNMOVED: Refusal = {
  what: 'an object that can only move',
  advice: 'mark it with transfer()',
};

export const CHANGING: Refusal = {
  what: 'different each time it is read',
  advice: 'send what its getters give',
};

export function symbol(value: symbol): Refusal {
  return { what: `the symbol ${String(value)}`, advice: 'send a text instead' };
}

export function unreadable(cause: unknown): Refusal {
  // What the stack has no room for is nested too deep, whatever the limit.
  if (cause instanceof RangeError && /call stack/.test(cause.message)) return TOO_DEEP;
  return { what: 'unreadable', advice: `reading it threw "${messageOf(cause)}"`, cause };
}

/** For what another thread could have, but another process cannot. */
export function threadsOnly(object: object): Refusal {
  return {
    what: `an object of class ${classOf(object)}`,
    advice: 'threads can share or move it, processes cannot',
    between: 'processes',
  };
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['Promise', 'await it first'],
  ['URL', 'send its href'],
  ['URLSearchParams', 'send its text, String(params)'],
  ['Headers', 'send its entries, [...headers]'],
  ['AbortSignal', 'cancel the task in place of it, and look at ctx.signal there'],
  ['File', 'send its name and its Blob, file.slice()'],
]);

/** For an object that is more than its fields, of a class that structured clone does not keep. */
export function instance(object: object): Refusal {
  const name = classOf(object);
  const advice = ADVICE.get(name) ?? 'send plain data instead';
  if (types.isProxy(object)) return { what: `a Proxy of class ${name}`, advice };
  return { what: `an instance of ${name}`, advice };
}

/** What everything inherits; since Node 22 all iterators have the same, too. */
const NO_CLASSES: ReadonlySet<string> = new Set(['', 'Object', 'Iterator']);

function classOf(object: object): string {
  const name: unknown = Object.getPrototypeOf(object)?.constructor?.name;
  if (typeof name === 'string' && !NO_CLASSES.has(name)) return name;
  // `Math`, `Generator`, `Arguments`: what has no class of its own may yet have a tag.
  return Object.prototype.toString.call(object).slice('[object '.length, -1);
}
