import type { ErrorRecord } from './errors.ts';
import type { HealthState } from './health.ts';
import type { SupervisorReport } from './supervisor-report.ts';

/**
 * What happens to an execution, as the journal keeps it and as subscribers see it: the fields that
 * each type adds to `EventBase`. `docs/events.md` is the same table in prose.
 */
export interface ExecutionEventTable {
  'execution.started': {
    readonly pipeline: string;
    readonly input: unknown;
    readonly priority: number;
  };
  'execution.paused': object;
  'execution.resumed': object;
  'execution.cancelling': { readonly reason: string };
  'execution.completed': { readonly output: unknown };
  'execution.failed': { readonly error: ErrorRecord };
  'execution.cancelled': { readonly reason: string };
  'execution.timed_out': { readonly error: ErrorRecord };
  /** `items` is there only for a step that fans out. */
  'step.started': { readonly step: string; readonly items?: number };
  /** One item of a step that fans out; `index` counts from 0. */
  'item.completed': {
    readonly step: string;
    readonly index: number;
    readonly output: unknown;
  } & ResultOrigin;
  /** A step that fans out has given its outputs item by item and carries none here. */
  'step.completed': {
    readonly step: string;
    readonly output?: unknown;
    readonly items?: number;
  } & ResultOrigin;
  'step.retrying': {
    readonly step: string;
    readonly index?: number;
    /** The tries that failed so far. */
    readonly attempt: number;
    /** Milliseconds until the next. */
    readonly delay: number;
    readonly error: ErrorRecord;
  };
  'step.failed': {
    readonly step: string;
    readonly index?: number;
    readonly attempt: number;
    readonly error: ErrorRecord;
  };
}

/** How an output came, if not by an attempt of its own. */
export interface ResultOrigin {
  /** It was there already. */
  readonly cached?: true;
  /** It is that of an attempt which an equal call had under way. */
  readonly coalesced?: true;
}

export type ExecutionEventType = keyof ExecutionEventTable;

/** What every event of an execution carries. */
export interface EventBase {
  readonly executionId: string;
  /** Counts from 1 within the execution, without a hole. */
  readonly sequence: number;
  /** Wall-clock milliseconds since 1970. */
  readonly time: number;
}

type EventOf<T extends ExecutionEventType> = { readonly type: T } & EventBase &
  ExecutionEventTable[T];

/** One event, told apart by `type`. */
export type ExecutionEvent<T extends ExecutionEventType = ExecutionEventType> = {
  [K in T]: EventOf<K>;
}[T];

/** An event before the journal has given it its place and time. */
export type EventBody<T extends ExecutionEventType = ExecutionEventType> = {
  [K in T]: { readonly type: K } & ExecutionEventTable[K];
}[T];

const TERMINAL_EVENTS: ReadonlySet<ExecutionEventType> = new Set<ExecutionEventType>([
  'execution.completed',
  'execution.failed',
  'execution.cancelled',
  'execution.timed_out',
]);

/** True for the one event that ends an execution. */
export function isTerminalEvent(
  event: ExecutionEvent,
): event is ExecutionEvent<
  'execution.completed' | 'execution.failed' | 'execution.cancelled' | 'execution.timed_out'
> {
  return TERMINAL_EVENTS.has(event.type);
}

/** What is told but not journalled: a task's own progress, workers, supervision. */
export type TransientEvent =
  | {
      readonly type: 'task.progress';
      readonly executionId: string;
      readonly step: string;
      /** The item's place, for a step that fans out. */
      readonly index?: number;
      /** What the task told. */
      readonly value: unknown;
      readonly time: number;
    }
  | {
      readonly type: 'task.emitted';
      readonly executionId: string;
      readonly step: string;
      /** The item's place, for a step that fans out. */
      readonly index?: number;
      /** What the task called it. */
      readonly name: string;
      readonly value: unknown;
      readonly time: number;
    }
  | { readonly type: 'worker.ready'; readonly worker: string; readonly time: number }
  | {
      readonly type: 'worker.exited';
      readonly worker: string;
      readonly reason: string;
      readonly error?: ErrorRecord;
      readonly time: number;
    }
  | {
      readonly type: 'child.restarted';
      readonly supervisor: string;
      readonly child: string;
      readonly reason: string;
      readonly restarts: number;
      readonly time: number;
    }
  | {
      /** A child has spent its own budget of restarts, and stays down. */
      readonly type: 'child.quarantined';
      readonly supervisor: string;
      readonly child: string;
      readonly time: number;
    }
  | ({ readonly type: 'supervisor.report' } & SupervisorReport)
  | {
      /** An event that was sent to an actor which had ended. */
      readonly type: 'actor.dead_letter';
      readonly actor: string;
      /** The type of the event that was lost. */
      readonly event: string;
      readonly time: number;
    }
  | {
      /** An observer or inspector of an actor threw, and was dropped. */
      readonly type: 'actor.observer_dropped';
      readonly error: ErrorRecord;
      readonly time: number;
    }
  | {
      /** The health of the runtime as a whole is another than before. */
      readonly type: 'health.changed';
      readonly from: HealthState;
      readonly to: HealthState;
      /** The checks that do not pass. */
      readonly checks: readonly string[];
      readonly time: number;
    }
  | {
      readonly type: 'supervisor.escalated';
      readonly supervisor: string;
      readonly child: string;
      readonly error: ErrorRecord;
      readonly time: number;
    }
  | {
      /** A circuit breaker holds calls back for a while. */
      readonly type: 'breaker.opened';
      readonly breaker: string;
      /** Milliseconds until it tries again. */
      readonly retryAfter: number;
      /** Breaks since it was last closed, this one included. */
      readonly breaks: number;
      readonly time: number;
    }
  | {
      readonly type:
        | 'breaker.half_opened'
        | 'breaker.closed'
        | 'breaker.isolated'
        | 'breaker.disabled'
        | 'breaker.metrics_only';
      readonly breaker: string;
      readonly time: number;
    }
  | {
      /** A function among a breaker's options threw; the call was judged without it. */
      readonly type: 'breaker.callback_failed';
      readonly breaker: string;
      /** The name of the option. */
      readonly callback: string;
      readonly error: ErrorRecord;
      readonly time: number;
    }
  | {
      /** A function among the options of a cache threw; the result was given, and not kept. */
      readonly type: 'cache.callback_failed';
      /** The id of the task. */
      readonly task: string;
      /** The name of the option. */
      readonly callback: string;
      readonly error: ErrorRecord;
      readonly time: number;
    };

/** Everything that a subscriber of the runtime can see. */
export type RuntimeEvent = ExecutionEvent | TransientEvent;
