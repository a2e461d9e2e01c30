import {
  breakerOpen,
  type CallInfo,
  type ErrorCode,
  type TaskReference,
  TroupeError,
} from '../model/index.ts';
import type { Admitted, Clock, Dispatcher, Gate, Job } from '../ports/index.ts';

/** Ends that say nothing of the task: it did not run, or not because of itself. */
const NOT_THE_TASK: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TaskNotFound',
  'ExecutorNotFound',
  'NotSerializable',
  'PayloadTooLarge',
  'QueueTimeout',
  'InvalidInput',
  'PoolClosed',
  'RuntimeClosed',
]);

/**
 * Puts gates before tasks. A job that its gate refuses fails with `BreakerOpen` at once; the gate
 * of one that goes through hears how it ended, and how long it took from its dispatch. A task
 * without a gate costs one look into a map.
 */
export class GatedDispatcher implements Dispatcher {
  readonly #inner: Dispatcher;
  readonly #clock: Clock;
  readonly #gates = new Map<string, Gate>();

  constructor(inner: Dispatcher, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  /** @throws TroupeError `DuplicateId` when the task has a gate */
  demandFree({ id }: TaskReference): void {
    const present = this.#gates.get(id);
    if (present === undefined) return;
    throw new TroupeError('DuplicateId', `task ${id} already has the breaker ${present.id}`, {
      details: { task: id, breaker: present.id },
    });
  }

  /** @throws TroupeError `DuplicateId` when the task has a gate */
  attach(task: TaskReference, gate: Gate): void {
    this.demandFree(task);
    this.#gates.set(task.id, gate);
  }

  /** Takes the gate away from every task that it stands before. */
  detach(gate: Gate): void {
    for (const [task, present] of this.#gates) if (present === gate) this.#gates.delete(task);
  }

  dispatch(job: Job): void {
    const gate = this.#gates.size === 0 ? undefined : this.#gates.get(job.task.id);
    if (gate === undefined) {
      this.#inner.dispatch(job);
      return;
    }
    const admission = gate.admit();
    if (!admission.admitted) {
      job.failed(breakerOpen(gate, admission.retryAfter, { task: job.task.id }));
      return;
    }
    const gated = new GatedJob(job, admission, this.#clock);
    job.ticket = gated;
    this.#inner.dispatch(gated);
  }

  async message(job: Job, value: unknown): Promise<void> {
    await this.#inner.message?.(sent(job), value);
  }

  credit(job: Job, pieces: number): void {
    this.#inner.credit?.(sent(job), pieces);
  }

  waiting(): Iterable<Job> {
    return this.#inner.waiting?.() ?? [];
  }

  cancel(job: Job, error: Error): void {
    const { ticket } = job;
    if (!(ticket instanceof GatedJob)) {
      this.#inner.cancel(job, error);
      return;
    }
    ticket.isCancelled = true;
    this.#inner.cancel(ticket, error);
  }
}

/** What stands for the job behind the gate. */
function sent(job: Job): Job {
  return job.ticket instanceof GatedJob ? job.ticket : job;
}

/** One try of a job that went through its gate. */
class GatedJob implements Job {
  ticket: unknown;
  isCancelled = false;
  readonly task: TaskReference;
  readonly input: unknown;
  readonly priority: number;
  readonly executionId: string;
  readonly timeout: number;
  readonly #job: Job;
  readonly #admitted: Admitted;
  readonly #clock: Clock;
  readonly #started: number;

  constructor(job: Job, admitted: Admitted, clock: Clock) {
    this.task = job.task;
    this.input = job.input;
    this.priority = job.priority;
    this.executionId = job.executionId;
    this.timeout = job.timeout;
    this.#job = job;
    this.#admitted = admitted;
    this.#clock = clock;
    this.#started = clock.now();
  }

  succeeded(output: unknown): void {
    this.#job.ticket = undefined;
    this.#admitted.settle('success', output, this.#clock.now() - this.#started);
    this.#job.succeeded(output);
  }

  failed(error: Error): void {
    this.#job.ticket = undefined;
    const isCancelled = this.isCancelled || (TroupeError.is(error) && NOT_THE_TASK.has(error.code));
    const outcome = isCancelled ? 'cancelled' : 'failure';
    this.#admitted.settle(outcome, error, this.#clock.now() - this.#started);
    this.#job.failed(error);
  }

  get concurrencyKey(): string | undefined {
    return this.#job.concurrencyKey;
  }

  get executor(): string | undefined {
    return this.#job.executor;
  }

  get queueTimeout(): number | undefined {
    return this.#job.queueTimeout;
  }

  get info(): CallInfo | undefined {
    return this.#job.info;
  }

  get isStream(): boolean | undefined {
    return this.#job.isStream;
  }

  progressed(value: unknown): void {
    this.#job.progressed(value);
  }

  emitted(name: string, value: unknown): void {
    this.#job.emitted?.(name, value);
  }

  yielded(piece: unknown): void {
    this.#job.yielded?.(piece);
  }
}
