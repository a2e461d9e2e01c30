import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type AnyPipeline,
  type AnyTaskModule,
  createRuntime,
  type Logger,
  type Runtime,
  TroupeError,
} from '../index.ts';

/** What an app module exports by default. */
export interface App {
  readonly tasks: readonly AnyTaskModule[];
  readonly pipelines?: readonly AnyPipeline[];
}

/** The command was used wrongly: exit code 2. */
export class UsageError extends Error {}

/**
 * Loads an app module.
 * @throws UsageError when there is none, it cannot be loaded, or it exports something else
 */
export async function loadApp(path: string): Promise<App> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new UsageError(`cannot load ${path}: no such file`);
  }
  let loaded: { default?: unknown };
  try {
    loaded = await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new UsageError(`cannot load ${path}: ${why}`, { cause });
  }
  const app = loaded.default;
  if (isApp(app)) return app;
  throw new UsageError(
    `${path} is no app: its default export must be { tasks: TaskModule[], pipelines?: Pipeline[] }`,
  );
}

/** What is in the arrays is the runtime's to check. */
function isApp(value: unknown): value is App {
  const { tasks, pipelines } = (value ?? {}) as Record<string, unknown>;
  return Array.isArray(tasks) && (pipelines === undefined || Array.isArray(pipelines));
}

const APP_ERRORS = ['InvalidOption', 'DuplicateId', 'TaskModuleNotLoaded'] as const;

/**
 * Starts the runtime of an app.
 * @throws UsageError when the app is wrong, TroupeError when the runtime cannot start
 */
export async function bootApp(
  { app: path, threads }: { readonly app: string; readonly threads?: number },
  logger: Logger,
): Promise<Runtime> {
  const { tasks, pipelines = [] } = await loadApp(path);
  try {
    const size = threads === undefined ? {} : { threads };
    return await createRuntime({ tasks, pipelines, logger, ...size });
  } catch (error) {
    if (!APP_ERRORS.some((code) => TroupeError.is(error, code))) throw error;
    throw new UsageError(`cannot use ${path}: ${(error as Error).message}`, { cause: error });
  }
}
