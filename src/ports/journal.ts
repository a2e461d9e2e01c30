import type { ExecutionEvent, ExecutionStatus } from '../model/index.ts';

/** What the journal can say of an execution without reading all its events. */
export interface ExecutionSummary {
  readonly id: string;
  readonly pipeline: string;
  readonly status: ExecutionStatus;
  readonly priority: number;
  /** Wall-clock milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** Which executions a list shows; the newest come first. */
export interface ListFilter {
  readonly status?: ExecutionStatus;
  readonly pipeline?: string;
  /** At most this many. @default 100 */
  readonly limit?: number;
  /** Only what was started before the execution of this id: the key of the next page. */
  readonly before?: string;
}

/** The append-only truth about executions. */
export interface Journal {
  /**
   * Adds events, in order. Returns nothing when they are recorded already, as a journal in memory
   * can say, or a promise that settles when they are as durable as the journal promises.
   */
  append(events: readonly ExecutionEvent[]): void | Promise<void>;
  /** The recorded events of one execution whose sequence is above `after`, in order. */
  read(
    executionId: string,
    after?: number,
  ): readonly ExecutionEvent[] | Promise<readonly ExecutionEvent[]>;
  /** The execution's present summary, or undefined for an unknown one. */
  get(executionId: string): ExecutionSummary | undefined | Promise<ExecutionSummary | undefined>;
  list(filter: ListFilter): readonly ExecutionSummary[] | Promise<readonly ExecutionSummary[]>;
  close(): void | Promise<void>;
}
