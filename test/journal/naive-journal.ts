import {
  type EventBody,
  type ExecutionEvent,
  type ExecutionStatus,
  isTerminal,
} from '../../src/model/index.ts';
import type { ExecutionSummary, ListFilter } from '../../src/ports/index.ts';

interface Kept {
  readonly id: string;
  readonly events: ExecutionEvent[];
}

/** Which status each event leads to; events of steps lead to none. */
const STATUS: Partial<Record<ExecutionEvent['type'], ExecutionStatus>> = {
  'execution.started': 'running',
  'execution.paused': 'paused',
  'execution.resumed': 'running',
  'execution.cancelling': 'cancelling',
  'execution.completed': 'completed',
  'execution.failed': 'failed',
  'execution.cancelled': 'cancelled',
  'execution.timed_out': 'timed_out',
};

/** A journal as one would explain it: every answer is worked out afresh from all events. */
export class NaiveJournal {
  readonly #retain: number;
  #kept: Kept[] = [];
  #ended: string[] = [];
  #started = 0;
  #time = 0;

  constructor(retain = Number.POSITIVE_INFINITY) {
    this.#retain = retain;
  }

  /** The executions that can still go on, the oldest first. */
  get live(): readonly string[] {
    return this.#kept.map(({ id }) => id).filter((id) => !this.#ended.includes(id));
  }

  get all(): readonly string[] {
    return this.#kept.map(({ id }) => id);
  }

  /** Starts one more execution; gives the event for the journal under test. */
  start(pipeline: string, priority: number): ExecutionEvent {
    const id = `id-${String(++this.#started).padStart(6, '0')}`;
    this.#kept.push({ id, events: [] });
    return this.add(id, { type: 'execution.started', pipeline, input: null, priority });
  }

  add(id: string, body: EventBody): ExecutionEvent {
    const events = this.#kept.find((kept) => kept.id === id)?.events ?? [];
    const sequence = events.length + 1;
    const event = { ...body, executionId: id, sequence, time: ++this.#time } as ExecutionEvent;
    events.push(event);
    const status = STATUS[event.type];
    if (status !== undefined && isTerminal(status)) this.#end(id);
    return event;
  }

  read(id: string, after = 0): readonly ExecutionEvent[] {
    const events = this.#kept.find((kept) => kept.id === id)?.events ?? [];
    return events.filter(({ sequence }) => sequence > after);
  }

  get(id: string): ExecutionSummary | undefined {
    const [first, ...rest] = this.read(id);
    if (first?.type !== 'execution.started') return undefined;
    const { pipeline, priority, time: startedAt } = first;
    const told = rest.filter(({ type }) => STATUS[type] !== undefined);
    const last = told.at(-1);
    const status = last === undefined ? 'running' : (STATUS[last.type] as ExecutionStatus);
    const end = last !== undefined && isTerminal(status) ? { endedAt: last.time } : {};
    return { id, pipeline, priority, status, startedAt, ...end };
  }

  list({ status, pipeline, before, limit = 100 }: ListFilter): readonly ExecutionSummary[] {
    const newestFirst = this.#kept.map(({ id }) => this.get(id) as ExecutionSummary).reverse();
    return newestFirst
      .filter((summary) => status === undefined || summary.status === status)
      .filter((summary) => pipeline === undefined || summary.pipeline === pipeline)
      .filter(({ id }) => before === undefined || id < before)
      .slice(0, limit);
  }

  #end(id: string): void {
    this.#ended.push(id);
    if (this.#ended.length <= this.#retain) return;
    const oldest = this.#ended[0];
    this.#ended = this.#ended.slice(1);
    this.#kept = this.#kept.filter((kept) => kept.id !== oldest);
  }
}
