import { checkDeclaredCache, type DeclaredCachePolicy } from './cache-policy.ts';
import { checkFunction, checkMilliseconds, checkNames } from './check.ts';
import { invalidOption } from './errors.ts';
import { checkExecutorName } from './executor.ts';
import { isSchema, type Schema } from './schema.ts';

/** What a task declares of itself. */
export interface TaskOptions<Input = unknown, Output = unknown> {
  /**
   * Checks the input in the worker, before the task starts; the task is given what the schema makes of
   * it. One that does not fit is `InvalidInput`. @default not checked
   */
  readonly input?: Schema<unknown, Input> | undefined;
  /**
   * Checks what the task gives, or each piece that it yields; the caller gets what the schema makes of
   * it. One that does not fit is `InvalidOutput`. @default not checked
   */
  readonly output?: Schema<unknown, Output> | undefined;
  /**
   * Milliseconds from the start of the task on its worker, where the call says nothing else.
   * @default no limit
   */
  readonly timeout?: number | undefined;
  /** Takes a known result in place of a run, where the call says nothing else. @default never */
  readonly cache?: DeclaredCachePolicy | undefined;
  /** Where it runs, where the call says nothing else. @default 'thread' */
  readonly executor?: string | undefined;
}

/** Declared by name, so that it is found also where the task's module has another copy of troupe. */
const DECLARATION: unique symbol = Symbol.for('troupe.task') as never;

const NAMES = [
  'input',
  'output',
  'timeout',
  'cache',
  'executor',
] as const satisfies (keyof TaskOptions)[];

/**
 * Marks a function as a task that declares something of itself; `src/task.ts` has its types.
 *
 * @throws TroupeError `InvalidOption`
 */
export function declareTask<Run extends (input: never, context: never) => unknown>(
  options: TaskOptions,
  run: Run,
): Run {
  checkNames(options, NAMES);
  checkFunction('run', run);
  const { input, output, timeout, cache, executor } = options;
  for (const [name, schema] of Object.entries({ input, output })) {
    if (schema !== undefined && !isSchema(schema)) {
      throw invalidOption(name, 'a Standard Schema, as zod and others make them', schema);
    }
  }
  if (timeout !== undefined) checkMilliseconds('timeout', timeout, 1);
  if (cache !== undefined) checkDeclaredCache('cache', cache);
  if (executor !== undefined) checkExecutorName('executor', executor);
  return Object.assign(run, { [DECLARATION]: options });
}

/** What a task declares of itself; nothing for a plain function. */
export function declaredBy(run: unknown): TaskOptions {
  return (run as { readonly [DECLARATION]?: TaskOptions })[DECLARATION] ?? {};
}
