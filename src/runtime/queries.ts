import type { BreakerMetrics, ExecutionRun, Shutdown, Supervisor } from '../../actors/index.ts';
import {
  type ErrorRecord,
  EXECUTION_STATUSES,
  type ExecutionEvent,
  invalidOption,
  isTerminalEvent,
  type SupervisionNode,
} from '../model/index.ts';
import type { StepProgress } from '../pipeline/index.ts';
import type { ExecutionSummary, Journal, ListFilter } from '../ports/index.ts';

/** An execution as a query shows it. */
export interface ExecutionView extends ExecutionSummary {
  /** Where each step stands; only while the execution is under way. */
  readonly steps?: readonly StepProgress[];
  /** What it gave, once it is completed. */
  readonly output?: unknown;
  /** Why it ended otherwise. */
  readonly error?: ErrorRecord;
}

/** Whether the runtime lives, and whether it takes work. */
export interface Health {
  readonly status: 'running' | 'stopping' | 'stopped' | 'failed';
  readonly ready: boolean;
  /** Executions under way. */
  readonly executions: number;
  /** Events that were sent to actors which had ended, since the start. */
  readonly deadLetters: number;
  /** The circuit breakers by their ids; only where there are any. */
  readonly breakers?: Readonly<Record<string, BreakerMetrics>>;
  /** Why it failed. */
  readonly error?: ErrorRecord;
}

/** What can be asked of a runtime. Queries change nothing and share no path with commands. */
export interface Queries {
  /** One execution, or undefined when it is unknown or no longer kept. */
  get(id: string): Promise<ExecutionView | undefined>;
  /**
   * Executions, the newest first.
   * @throws TroupeError `InvalidOption`
   */
  list(filter?: ListFilter): Promise<readonly ExecutionSummary[]>;
  /** All events of an execution; empty for an unknown one. */
  history(id: string): Promise<readonly ExecutionEvent[]>;
  /** The supervision tree as it stands. */
  tree(): SupervisionNode;
  health(): Health;
  /** The ids of the tasks that the workers have loaded. */
  tasks(): readonly string[];
  /** The ids of the pipelines that can be started by name. */
  pipelines(): readonly string[];
}

/** What the queries look at. */
export interface QuerySources {
  readonly journal: Journal;
  readonly root: Supervisor;
  readonly shutdown: Shutdown;
  readonly live: ReadonlyMap<string, ExecutionRun>;
  readonly breakers: () => Readonly<Record<string, BreakerMetrics>> | undefined;
  readonly failure: () => ErrorRecord | undefined;
  readonly tasks: () => readonly string[];
  readonly pipelines: readonly string[];
}

/** The most that one list can show. */
const MAX_LIMIT = 10_000;

export function createQueries(sources: QuerySources): Queries {
  const { journal, root, live } = sources;
  return {
    async get(id) {
      const summary = await journal.get(id);
      if (summary === undefined) return undefined;
      const steps = live.get(id)?.steps;
      if (steps !== undefined) return { ...summary, steps };
      const last = (await journal.read(id)).at(-1);
      return last === undefined ? summary : { ...summary, ...endOf(last) };
    },
    async list(filter = {}) {
      if (typeof filter !== 'object' || filter === null) {
        throw invalidOption('filter', 'an object', filter);
      }
      const { status } = filter;
      if (status !== undefined && !EXECUTION_STATUSES.includes(status)) {
        throw invalidOption('status', EXECUTION_STATUSES.join(', '), status);
      }
      const { limit } = filter;
      if (
        limit !== undefined &&
        !(Number.isSafeInteger(limit) && limit >= 1 && limit <= MAX_LIMIT)
      ) {
        throw invalidOption('limit', `a whole number from 1 to ${MAX_LIMIT}`, limit);
      }
      return journal.list(filter);
    },
    history: async (id) => journal.read(id),
    tree: () => root.tree(),
    health: () => healthOf(sources),
    tasks: sources.tasks,
    pipelines: () => sources.pipelines,
  };
}

function endOf(event: ExecutionEvent): Pick<ExecutionView, 'output' | 'error'> {
  if (!isTerminalEvent(event)) return {};
  switch (event.type) {
    case 'execution.completed':
      return { output: event.output };
    case 'execution.cancelled':
      return { error: { name: 'TroupeError', code: 'ExecutionCancelled', message: event.reason } };
    default:
      return { error: event.error };
  }
}

function healthOf({ root, shutdown, live, failure, breakers: metrics }: QuerySources): Health {
  const error = failure();
  const breakers = metrics();
  const load = {
    executions: live.size,
    deadLetters: root.deadLetters,
    ...(breakers !== undefined && { breakers }),
  };
  if (error !== undefined) return { status: 'failed', ready: false, ...load, error };
  const phase = shutdown.status;
  if (phase === 'running') return { status: 'running', ready: true, ...load };
  return { status: phase === 'stopped' ? 'stopped' : 'stopping', ready: false, ...load };
}
