import type {
  BreakerMetrics,
  ExecutionRun,
  HealthMonitor,
  RuntimePhase,
  Supervisor,
} from '../../actors/index.ts';
import {
  checkCount,
  type ErrorRecord,
  EXECUTION_STATUSES,
  type ExecutionEvent,
  HEALTH_KINDS,
  type HealthKind,
  type HealthResponse,
  type HealthState,
  invalidOption,
  isTerminalEvent,
  type SupervisionNode,
} from '../model/index.ts';
import type { StepProgress } from '../pipeline/index.ts';
import type { PoolStats } from '../pool/index.ts';
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
  /** It runs, and no check of what it depends on fails. */
  readonly ready: boolean;
  /** As good as its worst check; `starting` until each has found something, `unhealthy` once it failed. */
  readonly state: HealthState;
  /** Executions under way. */
  readonly executions: number;
  /**
   * Threads that were ended and live on inside a native synchronous call; one that is just being
   * ended counts, too.
   */
  readonly zombies: number;
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
  /**
   * What the checks found, in the format of draft-inadarei-api-health-check-06. `liveness` looks at
   * this process only, `readiness` also at what it depends on and whether it takes work, `startup`
   * fails until the runtime has come up and then passes for good. Nothing is checked by asking.
   *
   * @param kind all of it when it is left out
   * @throws TroupeError `InvalidOption`
   */
  probe(kind?: HealthKind): HealthResponse;
  /**
   * What the worker threads do, and have done, or those of the pool of this name; undefined where another
   * dispatcher performs the tasks.
   *
   * @throws TroupeError `ExecutorNotFound` for a name that is no pool's; `inline` and `process` are none
   *   before they are used
   */
  pool(name?: string): PoolStats | undefined;
  /** The names of the executors: where tasks can run. */
  executors(): readonly string[];
  /** The ids of the tasks that the workers have loaded. */
  tasks(): readonly string[];
  /** The ids of the pipelines that can be started by name. */
  pipelines(): readonly string[];
}

/** What the queries look at. */
export interface QuerySources {
  readonly journal: Journal;
  readonly root: Supervisor;
  readonly phase: () => RuntimePhase;
  readonly monitor: HealthMonitor;
  readonly live: ReadonlyMap<string, ExecutionRun>;
  readonly breakers: () => Readonly<Record<string, BreakerMetrics>> | undefined;
  readonly zombies: () => number;
  readonly failure: () => ErrorRecord | undefined;
  readonly pool: Queries['pool'];
  readonly executors: Queries['executors'];
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
      if (limit !== undefined) checkCount('limit', limit, 1, MAX_LIMIT);
      return journal.list(filter);
    },
    history: async (id) => journal.read(id),
    tree: () => root.tree(),
    health: () => healthOf(sources),
    probe(kind) {
      if (kind !== undefined && !HEALTH_KINDS.includes(kind)) {
        throw invalidOption('kind', HEALTH_KINDS.join(', '), kind);
      }
      return sources.monitor.respond(kind);
    },
    pool: sources.pool,
    executors: sources.executors,
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

function healthOf(sources: QuerySources): Health {
  const { root, phase, monitor, live, failure } = sources;
  const breakers = sources.breakers();
  const error = failure();
  // Whoever can ask has a runtime that has come up, or one that never will.
  const now = phase();
  return {
    status: now === 'starting' ? 'running' : now,
    ready: monitor.respond('readiness').status !== 'fail',
    state: now === 'failed' ? 'unhealthy' : monitor.state,
    executions: live.size,
    zombies: sources.zombies(),
    deadLetters: root.deadLetters,
    ...(breakers !== undefined && { breakers }),
    ...(error !== undefined && { error }),
  };
}
