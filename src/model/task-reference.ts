import { invalidOption } from './errors.ts';

/** Never present at run time: they carry a task's types. */
declare const taskTypes: unique symbol;
declare const pieceType: unique symbol;
declare const returnedType: unique symbol;

/**
 * The name of one task of one module, typed by what the task takes and gives, and, if it is a generator,
 * by what it yields and what it returns in the end. A plain value.
 */
export interface TaskReference<
  in Input = never,
  out Output = unknown,
  out Piece = unknown,
  out Returned = unknown,
> {
  /** The name that the module was registered under. */
  readonly module: string;
  /** The name of the export. */
  readonly name: string;
  /** `module.name`: how logs, events and errors name the task. */
  readonly id: string;
  readonly [taskTypes]?: (input: Input) => Output;
  readonly [pieceType]?: Piece;
  readonly [returnedType]?: Returned;
}

/** Where a task module is found, for whoever loads it. */
export interface TaskModuleSource {
  readonly name: string;
  /** An absolute URL, as text: it travels to threads. */
  readonly url: string;
}

/**
 * A task of a module by its function's type: `(input, ctx?) => output | Promise<output>`, or a generator,
 * whose output is all that it yields.
 */
type TaskOf<F> = F extends (...args: infer Args) => infer Return
  ? TaskReference<
      Args extends [] ? void : Args[0],
      OutputOf<Awaited<Return>>,
      PieceOf<Awaited<Return>>,
      ReturnedBy<Awaited<Return>>
    >
  : never;

/** What a generator yields; unknown for what may be one, never for anything else. */
export type PieceOf<Given> = unknown extends Given
  ? unknown
  : Given extends AsyncGenerator<infer Piece, unknown, never>
    ? Piece
    : Given extends Generator<infer Piece, unknown, never>
      ? Piece
      : never;

/** What a generator returns after all it yields; unknown for anything else. */
type ReturnedBy<Given> =
  Given extends AsyncGenerator<unknown, infer Returned, never>
    ? Returned
    : Given extends Generator<unknown, infer Returned, never>
      ? Returned
      : unknown;

type OutputOf<Given> = unknown extends Given
  ? Given
  : [PieceOf<Given>] extends [never]
    ? Given
    : PieceOf<Given>[];

/** Exports that are no tasks: what is to be done when a worker starts, and before it stops. */
export const WORKER_HOOKS = { start: 'onWorkerStart', stop: 'onWorkerStop' } as const;

type WorkerHookName = (typeof WORKER_HOOKS)[keyof typeof WORKER_HOOKS];

/** The tasks of a module: one reference for each function that it exports, its hooks apart. */
export type TaskModule<Exports = UntypedExports> = {
  readonly [K in Exclude<keyof Exports & string, WorkerHookName> as Exports[K] extends (
    ...args: never[]
  ) => unknown
    ? K
    : never]: TaskOf<Exports[K]>;
} & { readonly [moduleSource]: TaskModuleSource };

type UntypedExports = Record<string, (input: unknown) => unknown>;

const moduleSource: unique symbol = Symbol('troupe.taskModule');

const IDENTIFIER = /^[A-Za-z_][\w-]*$/;

/**
 * Names a module of tasks without loading it: the module is loaded by the worker threads.
 *
 * Every function that the module exports is a task, but for `onWorkerStart` and `onWorkerStop`. ESM
 * and CommonJS, `.js` and `.ts` alike; TypeScript is stripped by Node where it can, else by `tsx`.
 *
 * @param name how logs and errors name the module; letters, digits, `_` and `-`, and unique in a
 *   runtime
 * @param url the module's absolute URL, usually `new URL('./tasks.js', import.meta.url)`
 * @throws TroupeError `InvalidOption` for a malformed name or URL
 *
 * @example
 * const files = taskModule<typeof import('./files.js')>('files', new URL('./files.js', import.meta.url));
 * await runtime.run(files.hash, { path });
 */
export function taskModule<Exports = UntypedExports>(
  name: string,
  url: URL | string,
): TaskModule<Exports> {
  if (typeof name !== 'string' || !IDENTIFIER.test(name)) {
    throw invalidOption('taskModule name', 'a name of letters, digits, _ and -', name);
  }
  const source: TaskModuleSource = Object.freeze({ name, url: absoluteUrl(url) });
  const references = new Map<string, TaskReference>();
  // The export names are known to the compiler but not here: the threads load the module, not we.
  return new Proxy(Object.freeze({ [moduleSource]: source }), {
    get(target, key) {
      if (key === moduleSource) return target[moduleSource];
      // A module that is awaited or logged is asked for these; no reference must come back.
      if (typeof key === 'symbol' || key === 'then' || key === 'toJSON') return undefined;
      let reference = references.get(key);
      if (reference === undefined) {
        reference = taskReference(name, key);
        references.set(key, reference);
      }
      return reference;
    },
    has: (_target, key) => key === moduleSource,
  }) as unknown as TaskModule<Exports>;
}

/** A reference by names alone, as a shell gets them from a person. */
export function taskReference(module: string, name: string): TaskReference {
  return Object.freeze({ module, name, id: `${module}.${name}` });
}

/** Where the module's code is; undefined for anything that is no task module. */
export function sourceOf(module: unknown): TaskModuleSource | undefined {
  if (typeof module !== 'object' || module === null) return undefined;
  return (module as { [moduleSource]?: TaskModuleSource })[moduleSource];
}

/** True for what `taskModule` hands out. */
export function isTaskReference(value: unknown): value is TaskReference {
  if (typeof value !== 'object' || value === null) return false;
  const { module, name, id } = value as Record<string, unknown>;
  return typeof module === 'string' && typeof name === 'string' && id === `${module}.${name}`;
}

function absoluteUrl(url: URL | string): string {
  const text = url instanceof URL ? url.href : url;
  if (typeof text === 'string' && URL.canParse(text)) return text;
  throw invalidOption('taskModule url', 'an absolute URL such as file:///app/tasks.js', url);
}
