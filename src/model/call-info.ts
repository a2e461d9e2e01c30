import { checkNames } from './check.ts';
import { invalidOption } from './errors.ts';

/** W3C Trace Context (level 1): where a call stands in somebody's trace. */
export interface TraceContext {
  /** `00-<trace id>-<parent id>-<flags>`, in lower-case hexadecimal digits. */
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** What a task that takes a context is told of its call. */
export interface CallInfo {
  /** The execution that it is part of. */
  readonly execution?: string;
  /** The step of that execution, or nothing for a task that was run by itself. */
  readonly step?: string;
  /** From 1. */
  readonly attempt?: number;
  /** The same for every attempt of one piece of work, and for no other. */
  readonly idempotencyKey?: string;
  /** Milliseconds that were left of the call's time when it was sent. */
  readonly remaining?: number;
  readonly trace?: TraceContext;
}

const TRACEPARENT = /^[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** @throws TroupeError `InvalidOption` */
export function checkTrace(trace: TraceContext): void {
  checkNames(trace, ['traceparent', 'tracestate'], 'trace');
  const { traceparent, tracestate } = trace;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) {
    throw invalidOption('trace.traceparent', 'a W3C traceparent, 00-…-…-01', traceparent);
  }
  if (tracestate !== undefined && typeof tracestate !== 'string') {
    throw invalidOption('trace.tracestate', 'a text', tracestate);
  }
}
