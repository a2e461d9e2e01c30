import type { CallInfo, TaskReference, TraceContext } from '../src/model/index.ts';
import type { Unit } from '../src/pipeline/index.ts';
import type { Job } from '../src/ports/index.ts';

/** The execution that jobs are of, and what holds for all of them. */
export interface JobOrigin {
  readonly id: string;
  readonly priority: number;
  readonly concurrencyKey: string | undefined;
  readonly queueTimeout: number | undefined;
  readonly trace: TraceContext | undefined;
  /** Milliseconds that are left of its time. */
  readonly remaining: number | undefined;
  /** Takes what the tasks yield, piece by piece; without one it is gathered. */
  readonly reader: PieceReader | undefined;
}

/** Who reads what a task yields. */
export interface PieceReader {
  piece(value: unknown): void;
}

/** Whom a job answers. */
export interface StepJobOwner {
  readonly origin: JobOrigin;
  jobSucceeded(job: StepJob, output: unknown): void;
  jobFailed(job: StepJob, error: Error): void;
  jobProgressed(job: StepJob, value: unknown): void;
  jobEmitted(job: StepJob, name: string, value: unknown): void;
}

/** One task of an execution, in the dispatcher's hands. The same for all its tries. */
export class StepJob implements Job {
  readonly unit: Unit;
  ticket: unknown;
  /** Tries, the present one included. */
  attempt = 1;
  /** Set while it waits for its next try. */
  retryTimer: unknown;
  /** The clock's time when it was first given out; kept only for a retry that is limited in time. */
  since = 0;
  /** The wait before the present try; before the first there was none. */
  delay: number | undefined;
  readonly #owner: StepJobOwner;

  constructor(owner: StepJobOwner, unit: Unit) {
    this.#owner = owner;
    this.unit = unit;
  }

  get task(): TaskReference {
    return this.unit.step.task;
  }

  get input(): unknown {
    return this.unit.input;
  }

  get priority(): number {
    return this.#owner.origin.priority;
  }

  get concurrencyKey(): string | undefined {
    return this.#owner.origin.concurrencyKey;
  }

  get executor(): string | undefined {
    return this.unit.step.executor;
  }

  get executionId(): string {
    return this.#owner.origin.id;
  }

  get timeout(): number {
    return this.unit.step.timeout;
  }

  get queueTimeout(): number | undefined {
    return this.unit.step.queueTimeout ?? this.#owner.origin.queueTimeout;
  }

  get isStream(): boolean {
    return this.#owner.origin.reader !== undefined;
  }

  get info(): CallInfo {
    const { step, index } = this.unit;
    const { id: execution, trace, remaining } = this.#owner.origin;
    const piece = index < 0 ? step.name : `${step.name}:${index}`;
    return {
      execution,
      step: step.name,
      attempt: this.attempt,
      idempotencyKey: `${execution}:${piece}`,
      ...(remaining !== undefined && { remaining }),
      ...(trace && { trace }),
    };
  }

  succeeded(output: unknown): void {
    this.#owner.jobSucceeded(this, output);
  }

  failed(error: Error): void {
    this.#owner.jobFailed(this, error);
  }

  progressed(value: unknown): void {
    this.#owner.jobProgressed(this, value);
  }

  emitted(name: string, value: unknown): void {
    this.#owner.jobEmitted(this, name, value);
  }

  yielded(piece: unknown): void {
    this.#owner.origin.reader?.piece(piece);
  }
}
