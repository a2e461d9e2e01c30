import {
  checkCount,
  type ExecutionEvent,
  type ExecutionStatus,
  isTerminal,
  isTerminalEvent,
} from '../model/index.ts';
import type { ExecutionSummary, Journal, ListFilter } from '../ports/index.ts';

export interface MemoryJournalOptions {
  /** Ended executions that are kept; the oldest go first. @default 1000 */
  readonly retain?: number;
}

/** How many a list shows unless it is told. */
const DEFAULT_LIMIT = 100;

interface Entry {
  readonly events: ExecutionEvent[];
  readonly pipeline: string;
  readonly priority: number;
  readonly startedAt: number;
  status: ExecutionStatus;
  endedAt: number | undefined;
}

/** Keeps the events of executions in memory, as long as the process lives. */
export class MemoryJournal implements Journal {
  /** In order of acceptance. */
  readonly #entries = new Map<string, Entry>();
  /** Ended executions, the first to go first. */
  readonly #ended = new Set<string>();
  readonly #retain: number;

  /** @throws TroupeError `InvalidOption` */
  constructor({ retain = 1_000 }: MemoryJournalOptions = {}) {
    this.#retain = checkCount('retain', retain, 0);
  }

  append(events: readonly ExecutionEvent[]): void {
    for (const event of events) this.#add(event);
  }

  read(executionId: string, after = 0): readonly ExecutionEvent[] {
    return this.#entries.get(executionId)?.events.slice(after) ?? [];
  }

  get(executionId: string): ExecutionSummary | undefined {
    const entry = this.#entries.get(executionId);
    return entry && summaryOf(executionId, entry);
  }

  list({ limit = DEFAULT_LIMIT, ...filter }: ListFilter): ExecutionSummary[] {
    const found: ExecutionSummary[] = [];
    for (const [id, entry] of [...this.#entries].reverse()) {
      if (found.length >= limit) break;
      if (matches(id, entry, filter)) found.push(summaryOf(id, entry));
    }
    return found;
  }

  close(): void {}

  #add(event: ExecutionEvent): void {
    if (event.type === 'execution.started') {
      const { pipeline, priority, time: startedAt } = event;
      const entry = { events: [event], pipeline, priority, startedAt };
      this.#entries.set(event.executionId, { ...entry, status: 'running', endedAt: undefined });
      return;
    }
    const entry = this.#entries.get(event.executionId);
    if (entry === undefined) return;
    entry.events.push(event);
    entry.status = statusAfter(event, entry.status);
    if (isTerminalEvent(event)) this.#retire(event.executionId, entry, event.time);
  }

  #retire(id: string, entry: Entry, time: number): void {
    entry.endedAt = time;
    this.#ended.add(id);
    if (this.#ended.size <= this.#retain) return;
    const [oldest] = this.#ended;
    if (oldest === undefined) return;
    this.#ended.delete(oldest);
    this.#entries.delete(oldest);
  }
}

function matches(id: string, entry: Entry, { status, pipeline, before }: ListFilter): boolean {
  if (status !== undefined && entry.status !== status) return false;
  if (pipeline !== undefined && entry.pipeline !== pipeline) return false;
  // Ids sort by time of birth: a page goes on even after the execution it ended with is gone.
  return before === undefined || id < before;
}

function summaryOf(id: string, entry: Entry): ExecutionSummary {
  const { pipeline, status, priority, startedAt, endedAt } = entry;
  return { id, pipeline, status, priority, startedAt, ...(endedAt !== undefined && { endedAt }) };
}

function statusAfter(event: ExecutionEvent, status: ExecutionStatus): ExecutionStatus {
  switch (event.type) {
    case 'execution.paused':
      return 'paused';
    case 'execution.resumed':
      return 'running';
    case 'execution.cancelling':
      return 'cancelling';
    default: {
      const last = event.type.slice('execution.'.length) as ExecutionStatus;
      return event.type.startsWith('execution.') && isTerminal(last) ? last : status;
    }
  }
}
