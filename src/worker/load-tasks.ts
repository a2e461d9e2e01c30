import {
  acceptedOf,
  type DeclaredCachePolicy,
  declaredBy,
  isThenable,
  messageOf,
  type Schema,
  type TaskModuleSource,
  TroupeError,
  WORKER_HOOKS,
} from '../model/index.ts';
import { isGenerator, type Yielding } from './streaming.ts';
import { takesContext } from './takes-context.ts';
import type { TaskContext } from './task-context.ts';

/** A task as the thread runs it. */
export interface LoadedTask {
  readonly id: string;
  readonly run: (input: unknown, context: TaskContext | undefined) => unknown;
  /** False for a function that surely takes no second argument: it is spared a context. */
  readonly takesContext: boolean;
  /** Milliseconds from its start, where it declares a limit; else 0. */
  readonly timeout: number;
  /** Where it declares one. */
  readonly cache?: DeclaredCachePolicy | undefined;
  readonly executor?: string | undefined;
}

/** What a module has done at the begin or the end of each worker. */
export type WorkerHook = () => unknown;

/** The same, and whose it is. */
export interface StartHook {
  readonly module: string;
  readonly run: WorkerHook;
}

export interface LoadedModules {
  readonly tasks: readonly LoadedTask[];
  /** In the order of the modules. */
  readonly starts: readonly StartHook[];
  /** In reverse order. */
  readonly stops: readonly WorkerHook[];
}

/**
 * Imports the modules one after the other and gathers the functions they export.
 * @throws TroupeError `TaskModuleNotLoaded`, naming the module and keeping the loader's error
 */
export async function loadTasks(sources: readonly TaskModuleSource[]): Promise<LoadedModules> {
  const tasks: LoadedTask[] = [];
  const starts: StartHook[] = [];
  const stops: WorkerHook[] = [];
  for (const source of sources) {
    const exported = exportedFunctions(await importModule(source));
    const { [WORKER_HOOKS.start]: start, [WORKER_HOOKS.stop]: stop } = Object.fromEntries(exported);
    if (start !== undefined) starts.push({ module: source.name, run: start as WorkerHook });
    if (stop !== undefined) stops.unshift(stop as WorkerHook);
    exported.delete(WORKER_HOOKS.start);
    exported.delete(WORKER_HOOKS.stop);
    for (const [name, run] of exported) tasks.push(loaded(`${source.name}.${name}`, run));
  }
  return { tasks, starts, stops };
}

/**
 * Runs the hooks one after the other.
 * @throws (rejects with) TroupeError `HandshakeFailed`, naming the module and keeping what the hook threw
 */
export async function runStarts(starts: readonly StartHook[]): Promise<void> {
  for (const { module, run } of starts) {
    try {
      await run();
    } catch (cause) {
      const hook = WORKER_HOOKS.start;
      const message = `${hook} of task module ${module} failed: ${messageOf(cause)}`;
      throw new TroupeError('HandshakeFailed', message, { cause, details: { module, hook } });
    }
  }
}

function loaded(id: string, run: LoadedTask['run']): LoadedTask {
  const { input, output, timeout = 0, cache, executor } = declaredBy(run);
  const isPlain = input === undefined && output === undefined;
  return {
    id,
    run: isPlain ? run : checked(id, run, input, output),
    takesContext: takesContext(run),
    timeout,
    cache,
    executor,
  };
}

/** The task between its schemas; as synchronous as these and the task are. */
function checked(
  id: string,
  run: LoadedTask['run'],
  input: Schema | undefined,
  output: Schema | undefined,
): LoadedTask['run'] {
  const judge = (schema: Schema, value: unknown) =>
    fitting(schema, value, 'InvalidOutput', `output of task ${id}`);
  const give = (value: unknown) => {
    if (output === undefined) return value;
    // Of a generator it is the pieces that must fit.
    if (isGenerator(value)) return fittingPieces(value, (piece) => judge(output, piece));
    return judge(output, value);
  };
  const perform = (value: unknown, context: TaskContext | undefined) => {
    const made = run(value, context);
    return isThenable(made) ? Promise.resolve(made).then(give) : give(made);
  };
  if (input === undefined) return perform;
  return (value, context) => {
    const made = fitting(input, value, 'InvalidInput', `input of task ${id}`);
    // Only `fitting` itself makes a promise here: a thenable is what the schema made of the value.
    return made instanceof Promise
      ? made.then((own) => perform(own, context))
      : perform(made, context);
  };
}

/** Yields what the schema makes of each piece; one that does not fit ends the generator. */
async function* fittingPieces(
  generator: Yielding,
  judge: (piece: unknown) => unknown,
): AsyncGenerator<unknown, unknown> {
  try {
    let next = await generator.next();
    while (!next.done) {
      yield await judge(next.value);
      next = await generator.next();
    }
    return next.value;
  } finally {
    // Nothing comes of it where the generator has ended.
    await generator.return?.();
  }
}

/** @throws TroupeError of this code, at once or by rejecting, as the schema answers */
function fitting(
  schema: Schema,
  value: unknown,
  code: 'InvalidInput' | 'InvalidOutput',
  what: string,
): unknown {
  const judge = (answer: unknown) => acceptedOf(answer, code, what);
  const fail = (cause: unknown) => {
    const message = `${what}: its schema threw: ${messageOf(cause)}`;
    throw new TroupeError(code, message, { cause });
  };
  let answer: unknown;
  try {
    answer = schema['~standard'].validate(value);
  } catch (cause) {
    return fail(cause);
  }
  return isThenable(answer) ? Promise.resolve(answer).then(judge, fail) : judge(answer);
}

async function importModule({ name, url }: TaskModuleSource): Promise<Record<string, unknown>> {
  try {
    if (/\.[cm]?tsx?$/.test(new URL(url).pathname)) await learnTypeScript();
    return (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    const message = `task module ${name} could not be loaded from ${url}: ${messageOf(cause)}`;
    throw new TroupeError('TaskModuleNotLoaded', message, {
      cause,
      details: { module: name, url },
    });
  }
}

let typeScriptLearned = false;

/** Node strips types itself from 22.18 on; before, `tsx` does, for ESM and CommonJS. */
async function learnTypeScript(): Promise<void> {
  if (typeScriptLearned || (process.features as { typescript?: unknown }).typescript) return;
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]).catch(
    (cause: unknown) => {
      const message =
        'this Node does not strip types: install tsx beside troupe, or use Node 22.18';
      throw new Error(message, { cause });
    },
  );
  esm.register();
  cjs.register();
  typeScriptLearned = true;
}

type AnyTask = LoadedTask['run'];

/** Under this name Node 24 shows the whole of a CommonJS module beside its exports. */
const NAMESPACE_OF_COMMONJS = 'module.exports';

/** Named exports first, then what a CommonJS module's `module.exports` holds beyond them. */
function exportedFunctions(namespace: Record<string, unknown>): Map<string, AnyTask> {
  const found = new Map<string, AnyTask>();
  const collect = (from: object) => {
    for (const [name, value] of Object.entries(from)) {
      if (typeof value !== 'function' || found.has(name) || name === NAMESPACE_OF_COMMONJS)
        continue;
      found.set(name, value as AnyTask);
    }
  };
  collect(namespace);
  const fallback = namespace.default;
  if (typeof fallback === 'object' && fallback !== null) collect(fallback);
  return found;
}
