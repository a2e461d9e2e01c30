import { messageOf, type TaskModuleSource, TroupeError } from '../model/index.ts';
import type { TaskContext } from './task-context.ts';

/** A task as the thread runs it. */
export interface LoadedTask {
  readonly id: string;
  readonly run: (input: unknown, context: TaskContext | undefined) => unknown;
  /** False for a function that declares no second parameter: it is spared a context. */
  readonly takesContext: boolean;
}

/**
 * Imports the modules one after the other and gathers the functions they export.
 * @throws TroupeError `TaskModuleNotLoaded`, naming the module and keeping the loader's error
 */
export async function loadTasks(sources: readonly TaskModuleSource[]): Promise<LoadedTask[]> {
  const tasks: LoadedTask[] = [];
  for (const source of sources) {
    const namespace = await importModule(source);
    for (const [name, run] of exportedFunctions(namespace)) {
      // A default or rest parameter hides the second one from `length`: only 1 is a safe no.
      tasks.push({ id: `${source.name}.${name}`, run, takesContext: run.length !== 1 });
    }
  }
  return tasks;
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
