import { channel } from 'node:diagnostics_channel';
import type { Job } from '../ports/index.ts';

/**
 * What tracing tools are told of a task: the same object at its start and at its end. In the manner of
 * Node's `tracingChannel('troupe:task')`, whose channels these are.
 */
export interface TaskTrace {
  readonly task: string;
  readonly execution: string;
  /** The step's, and which try of it; where its task takes a context. */
  readonly step?: string | undefined;
  readonly attempt?: number | undefined;
  /** W3C trace context of the caller, if there is one. */
  readonly traceparent?: string | undefined;
  /** The worker that it was given to last. */
  worker: string;
  /** Milliseconds from its dispatch to its start; once it has been answered. */
  wait?: number;
  /** Milliseconds that it ran, as the worker measured them. */
  run?: number;
  result?: unknown;
  error?: Error;
}

const start = channel('tracing:troupe:task:start');
const asyncEnd = channel('tracing:troupe:task:asyncEnd');
const failed = channel('tracing:troupe:task:error');

/** A job is given to a worker: undefined where nobody listens. */
export function traceStart(job: Job, worker: string): TaskTrace | undefined {
  const isHeard = start.hasSubscribers || asyncEnd.hasSubscribers || failed.hasSubscribers;
  return isHeard ? begun(job, worker) : undefined;
}

function begun(job: Job, worker: string): TaskTrace {
  const { execution = job.executionId, step, attempt, trace } = job.info ?? {};
  const told = { task: job.task.id, execution, step, attempt, worker };
  const started: TaskTrace = { ...told, traceparent: trace?.traceparent };
  start.publish(started);
  return started;
}

export function traceResult(trace: TaskTrace, result: unknown): void {
  trace.result = result;
  asyncEnd.publish(trace);
}

export function traceError(trace: TaskTrace, error: Error): void {
  trace.error = error;
  failed.publish(trace);
  asyncEnd.publish(trace);
}
