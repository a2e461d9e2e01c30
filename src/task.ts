/**
 * What a task module may need. It loads in a worker thread in no time: nothing of the runtime comes
 * with it.
 */

import {
  declareTask,
  type PieceOf,
  type Schema,
  type SchemaInput,
  type SchemaOutput,
  type TaskOptions,
} from './model/index.ts';
import type { TaskContext } from './worker/index.ts';

export { transfer } from './ipc/transfer.ts';
export {
  type DeclaredCachePolicy,
  type Schema,
  type TaskOptions,
  type TraceContext,
  typed,
} from './model/index.ts';
export type { LogLine, TaskContext, TaskLog } from './worker/index.ts';

/** What a task gives, or each piece of what it yields. */
type Given<Return> = [PieceOf<Awaited<Return>>] extends [never]
  ? Awaited<Return>
  : PieceOf<Awaited<Return>>;

/** Of a schema that does not tell its types, nothing is known. */
type Known<Type> = [Type] extends [never] ? unknown : Type;

interface DefineTask {
  /**
   * A task with a schema for its input: it is given what the schema makes of what its callers give.
   *
   * @throws TroupeError `InvalidOption`; the module is not loaded then
   *
   * @example
   * export const hash = defineTask({ input: z.object({ path: z.string() }) }, async ({ path }, ctx) => …);
   */
  <Input extends Schema, Return>(
    options: Omit<TaskOptions<unknown, Given<NoInfer<Return>>>, 'input'> & {
      readonly input: Input;
    },
    run: (input: Known<SchemaOutput<Input>>, context: TaskContext) => Return,
  ): (input: Known<SchemaInput<Input>>, context: TaskContext) => Return;
  /**
   * A task that declares something of itself. Functions that declare nothing need not be wrapped: every
   * function that a task module exports is a task.
   *
   * @throws TroupeError `InvalidOption`; the module is not loaded then
   */
  <Run extends (input: never, context: TaskContext) => unknown>(
    options: Omit<TaskOptions<unknown, Given<ReturnType<NoInfer<Run>>>>, 'input'> & {
      readonly input?: undefined;
    },
    run: Run,
  ): Run;
}

export const defineTask: DefineTask = declareTask as DefineTask;
