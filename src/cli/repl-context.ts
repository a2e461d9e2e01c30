import { inspect } from 'node:util';
import {
  type Execution,
  type ExecutionSummary,
  type ExecutionView,
  type ListFilter,
  type Runtime,
  type StartOptions,
  TroupeError,
} from '../index.ts';
import { drawHealth, type FullHealth } from './draw-health.ts';
import { drawTree } from './draw-tree.ts';
import { table } from './table.ts';

export const HELP = `\
run(task, input?, options?)        run a task, and get its output
start(pipeline, input?, options?)  start a pipeline, and get its execution
ps(filter?)                        executions, the newest first; { status, pipeline, limit, before }
cancel(id, reason?)                end an execution, and get how it stands then
tree()                             the live supervision tree
health()                           how the runtime does, and what each check found
tasks, pipelines                   what there is to run and to start
runtime                            the runtime itself
help                               this

What a line gives is awaited: run('files.list', …) prints the output. To go on at once:
const later = run('files.list', …). Options are { priority, timeout, signal }.
Ctrl-C ends what the line has started. .exit, Ctrl-D or Ctrl-C twice leave; .help has more.`;

/** What a line can use. */
export interface ReplContext {
  readonly runtime: Runtime;
  readonly tasks: readonly string[];
  readonly pipelines: readonly string[];
  readonly help: object;
  run(task: string, input?: unknown, options?: StartOptions): Promise<unknown>;
  start(pipeline: string, input?: unknown, options?: StartOptions): Promise<Execution>;
  ps(filter?: ListFilter): Promise<readonly ExecutionSummary[]>;
  cancel(id: string, reason?: string): Promise<ExecutionView | undefined>;
  tree(): object;
  health(): FullHealth;
}

/** @param interrupt what ends the line that is being evaluated */
export function createContext(runtime: Runtime, interrupt: () => AbortSignal): ReplContext {
  const { query } = runtime;
  const withInterrupt = (options: StartOptions = {}): StartOptions => {
    const signals = [interrupt(), ...(options.signal === undefined ? [] : [options.signal])];
    return { ...options, signal: AbortSignal.any(signals) };
  };
  return {
    runtime,
    tasks: query.tasks(),
    pipelines: query.pipelines(),
    help: shown({}, () => HELP),
    run: (task, input, options) => runtime.run(task, input, withInterrupt(options)),
    start: (pipeline, input, options) => runtime.start(pipeline, input, withInterrupt(options)),
    ps: async (filter) => {
      const executions = [...(await query.list(filter))];
      return shown(executions, () => tableOf(executions));
    },
    cancel: async (id, reason) => {
      const execution = runtime.execution(id);
      await execution?.cancel(reason);
      const view = await query.get(id);
      if (view !== undefined) return view;
      throw new TroupeError('ExecutionNotFound', `there is no execution ${inspect(id)}`);
    },
    tree: () => {
      const tree = query.tree();
      return shown(tree, () => drawTree(tree));
    },
    health: () => {
      const health = { ...query.health(), checks: query.probe().checks };
      return shown(health, () => drawHealth(health));
    },
  };
}

/** The same object, shown as text. */
function shown<T extends object>(value: T, text: () => string): T {
  return Object.defineProperty(value, inspect.custom, { value: text });
}

function tableOf(executions: readonly ExecutionSummary[]): string {
  if (executions.length === 0) return 'no executions';
  const rows = executions.map(({ id, pipeline, status, priority, startedAt, endedAt }) => [
    id,
    pipeline,
    status,
    String(priority),
    new Date(startedAt).toISOString().slice(11, 23),
    `${(endedAt ?? Date.now()) - startedAt} ms`,
  ]);
  return table(['id', 'pipeline or task', 'status', 'priority', 'started (UTC)', 'took'], rows);
}
