import type { Actor } from 'xstate';
import {
  type ExecutionPerformer,
  type ExecutionEvent as ExecutionSignal,
  executionMachine,
  type Outcome,
} from '../machines/execution.ts';
import {
  type EventBody,
  type ExecutionStatus,
  invalidOption,
  type ResultOrigin,
  recordOf,
  type TraceContext,
  TroupeError,
} from '../src/model/index.ts';
import { type Plan, Progress, type StepProgress, type Unit } from '../src/pipeline/index.ts';
import type { Journal } from '../src/ports/index.ts';
import { compile } from '../src/statechart/index.ts';
import { type AttemptDeps, Attempts, type AttemptsOwner } from './attempts.ts';
import { Recorder } from './recorder.ts';
import type { PieceReader } from './step-job.ts';
import type { Supervisor } from './supervisor.ts';

const machine = compile(executionMachine);

/** What every execution of a runtime shares. */
export interface ExecutionDeps extends AttemptDeps {
  readonly journal: Pick<Journal, 'append'>;
  /** Where the actors of executions live. */
  readonly supervisor: Supervisor;
  /** Called once for each execution that was accepted, after its end is recorded. */
  readonly ended: (run: ExecutionRun) => void;
}

export interface ExecutionRequest {
  readonly id: string;
  readonly plan: Plan;
  readonly input: unknown;
  /** Higher goes first. */
  readonly priority: number;
  /** Whom it is done for. */
  readonly concurrencyKey?: string | undefined;
  /** Milliseconds from the start of the execution; 0 is no limit. */
  readonly timeout: number;
  /** Milliseconds that each task may wait for a worker, where its step says nothing else. */
  readonly queueTimeout?: number | undefined;
  readonly trace?: TraceContext | undefined;
  /** Takes what its tasks yield, piece by piece; without one it is gathered. */
  readonly reader?: PieceReader | undefined;
}

/**
 * Performs `machines/execution.ts`: one run of a plan. Every outcome is recorded in the journal
 * before the chart, and anybody else, hears of it.
 */
export class ExecutionRun implements ExecutionPerformer, AttemptsOwner {
  readonly id: string;
  readonly plan: Plan;
  readonly input: unknown;
  readonly priority: number;
  readonly concurrencyKey: string | undefined;
  readonly queueTimeout: number | undefined;
  readonly trace: TraceContext | undefined;
  readonly reader: PieceReader | undefined;
  readonly #deps: ExecutionDeps;
  readonly #progress: Progress;
  readonly #recorder: Recorder;
  readonly #timeout: number;
  readonly #attempts: Attempts;
  #actor: Actor<typeof executionMachine> | undefined;
  #deadline: unknown;
  /** When its time is up, on the clock. */
  #overAt = 0;
  #outcome: Outcome | undefined;
  #output: unknown;
  #waiting: ((outcome: Outcome) => void)[] = [];

  constructor(request: ExecutionRequest, deps: ExecutionDeps) {
    this.id = request.id;
    this.plan = request.plan;
    this.input = request.input;
    this.priority = request.priority;
    this.concurrencyKey = request.concurrencyKey;
    this.queueTimeout = request.queueTimeout;
    this.trace = request.trace;
    this.reader = request.reader;
    this.#timeout = request.timeout;
    this.#deps = deps;
    this.#progress = new Progress(request.plan, request.input);
    this.#recorder = new Recorder(this.id, deps, (error) => this.#unrecorded(error));
    this.#attempts = new Attempts(this, deps);
  }

  get status(): ExecutionStatus {
    if (this.#outcome !== undefined) return this.#outcome.status;
    return this.#actor === undefined
      ? 'pending'
      : (this.#actor.getSnapshot().value as ExecutionStatus);
  }

  get steps(): readonly StepProgress[] {
    return this.#progress.steps();
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  get finished(): boolean {
    return this.#progress.finished;
  }

  get idle(): boolean {
    return this.#attempts.size === 0;
  }

  /**
   * Records the acceptance, then runs. Returns nothing when it is recorded at once.
   * @throws (or rejects with) what the journal or the supervisor refuse it with
   */
  start(): void | Promise<void> {
    const { supervisor } = this.#deps;
    this.#actor = supervisor.spawn(this.id, machine, { performer: this }, (error) =>
      this.#crashed(error),
    );
    const { id: pipeline } = this.plan.pipeline;
    const { input, priority } = this;
    return this.#recorder.record({ type: 'execution.started', pipeline, input, priority }, () => {
      // It may have been told to end before.
      if (this.#timeout > 0 && this.status === 'pending') this.#armDeadline();
      this.#send({ type: 'START' });
    });
  }

  pause(): void | Promise<void> {
    this.#demand('pause', 'running');
    return this.#recorder.record({ type: 'execution.paused' }, () => this.#send({ type: 'PAUSE' }));
  }

  resume(): void | Promise<void> {
    this.#demand('resume', 'paused');
    return this.#recorder.record({ type: 'execution.resumed' }, () =>
      this.#send({ type: 'RESUME' }),
    );
  }

  /** Asks the execution to end; one that has ended, or is ending, is left alone. */
  cancel(reason: string): void | Promise<void> {
    if (this.#outcome !== undefined || this.status === 'cancelling') return;
    const error = new TroupeError(
      'ExecutionCancelled',
      `execution ${this.id} was cancelled: ${reason}`,
      {
        details: { execution: this.id, reason },
      },
    );
    return this.#recorder.record({ type: 'execution.cancelling', reason }, () =>
      this.#send({ type: 'CANCEL', error, reason }),
    );
  }

  /** True when nothing of it was ever given to a worker, if so many of its tasks wait for one. */
  isUntouched(waiting: number): boolean {
    return waiting === this.#attempts.size && this.steps.every(({ done }) => done === 0);
  }

  /** Ends it for the sake of others. */
  shed(error: TroupeError): void {
    if (this.#outcome === undefined) this.#fail(error);
  }

  /** Calls back when the execution has ended; at once if it has. */
  onEnd(callback: (outcome: Outcome) => void): void {
    if (this.#outcome !== undefined) callback(this.#outcome);
    else this.#waiting.push(callback);
  }

  /**
   * Calls back once, after the next event is recorded.
   * @returns the way to be called no more
   */
  onRecord(callback: () => void): () => void {
    return this.#recorder.onRecord(callback);
  }

  advance(): void {
    try {
      this.#beginSteps();
    } catch (error) {
      this.#fail(TroupeError.from(error, 'ExecutionFailed', `execution ${this.id}`));
      return;
    }
    for (let unit = this.#progress.takeUnit(); unit; unit = this.#progress.takeUnit()) {
      this.#attempts.begin(unit);
    }
  }

  abort(error: TroupeError): void {
    for (const unit of this.#attempts.abort(error)) this.#progress.fail(unit, 'cancelled');
  }

  conclude(ending: Outcome): void {
    const outcome = ending.status === 'completed' ? { ...ending, output: this.#output } : ending;
    if (this.#deadline !== undefined) this.#deps.clock.clearTimeout(this.#deadline);
    void this.#recorder.record(terminalEvent(outcome), () => this.#end(outcome));
  }

  /** The runtime goes away under it: whoever waits is told, and nothing is recorded. */
  abandon(error: TroupeError): void {
    if (this.#outcome === undefined) this.#end({ status: 'failed', error });
  }

  /**
   * Gives the tasks of a step that are under way a message.
   * @throws (rejects with) TroupeError, as `Attempts.send`; `InvalidOption` for a step that it has not
   */
  async send(step: string, message: unknown): Promise<void> {
    if (!this.plan.steps.some(({ name }) => name === step)) {
      const names = this.plan.steps.map(({ name }) => name).join(', ');
      throw invalidOption('step', `one of ${names}`, step);
    }
    await this.#attempts.send(step, message);
  }

  /** Takes so many more pieces of what its tasks yield. */
  grant(pieces: number): void {
    this.#attempts.grant(pieces);
  }

  unitSucceeded(unit: Unit, output: unknown, origin: ResultOrigin | undefined): void {
    const { name, fansOut } = unit.step;
    const then = () => this.#unitCompleted(unit, output);
    if (fansOut) {
      const { index } = unit;
      const event = { type: 'item.completed', step: name, index, output } as const;
      void this.#recorder.record(origin === undefined ? event : { ...event, ...origin }, then);
      return;
    }
    const event = { type: 'step.completed', step: name, output } as const;
    void this.#recorder.record(origin === undefined ? event : { ...event, ...origin }, then);
  }

  unitRetries(unit: Unit, attempt: number, delay: number, error: Error): void {
    const failure = { attempt, delay, error: recordOf(error) };
    void this.#recorder.record({ type: 'step.retrying', ...placeOf(unit), ...failure });
  }

  unitFailed(unit: Unit, attempt: number, error: Error): void {
    this.#progress.fail(unit, 'failed');
    const place = placeOf(unit);
    const failure = withPlace(error, this.id, place);
    void this.#recorder.record(
      { type: 'step.failed', ...place, attempt, error: recordOf(failure) },
      () => this.#fail(failure),
    );
  }

  unitAborted(unit: Unit): void {
    this.#progress.fail(unit, 'cancelled');
    this.#send({ type: 'SETTLED' });
  }

  #beginSteps(): void {
    for (let step = this.#progress.takeReadyStep(); step; step = this.#progress.takeReadyStep()) {
      const items = this.#progress.begin(step);
      const { name, fansOut } = step;
      void this.#recorder.record(
        fansOut
          ? { type: 'step.started', step: name, items }
          : { type: 'step.started', step: name },
      );
      if (items === 0) {
        void this.#recorder.record({ type: 'step.completed', step: name, items }, () =>
          this.#advanced(),
        );
      }
    }
  }

  #unitCompleted(unit: Unit, output: unknown): void {
    const completed = this.#progress.settle(unit, output);
    const { step } = unit;
    if (completed && step.fansOut) {
      const items = this.#progress.itemsOf(step);
      void this.#recorder.record({ type: 'step.completed', step: step.name, items }, () =>
        this.#advanced(),
      );
    } else this.#advanced();
  }

  #advanced(): void {
    if (this.#progress.finished) {
      try {
        this.#output = this.#progress.output();
      } catch (error) {
        this.#fail(TroupeError.from(error, 'ExecutionFailed', `execution ${this.id}`));
        return;
      }
    }
    this.#send({ type: 'ADVANCED' });
  }

  #fail(error: TroupeError): void {
    this.#send({ type: 'FAILED', error });
  }

  /** Milliseconds of its time that are left; undefined where that is not limited. */
  get remaining(): number | undefined {
    if (this.#timeout === 0) return undefined;
    return Math.max(0, this.#overAt - this.#deps.clock.now());
  }

  #armDeadline(): void {
    this.#overAt = this.#deps.clock.now() + this.#timeout;
    this.#deadline = this.#deps.clock.setTimeout(() => {
      this.#deadline = undefined;
      const message = `execution ${this.id} ran longer than ${this.#timeout} ms`;
      const details = { execution: this.id, timeout: this.#timeout };
      this.#send({
        type: 'DEADLINE',
        error: new TroupeError('ExecutionTimeout', message, { details }),
      });
    }, this.#timeout);
  }

  #demand(command: string, status: ExecutionStatus): void {
    if (this.status === status) return;
    throw new TroupeError('InvalidState', `cannot ${command} an execution that is ${this.status}`, {
      details: { execution: this.id, command, status: this.status },
    });
  }

  /** The actor itself threw: a defect of the chart or of this class. Its caller must hear of it. */
  #crashed(error: unknown): void {
    const failure = TroupeError.from(error, 'ExecutionFailed', `execution ${this.id} crashed`);
    this.abort(failure);
    if (this.#outcome === undefined) this.conclude({ status: 'failed', error: failure });
  }

  #end(outcome: Outcome): void {
    this.#outcome = outcome;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback(outcome);
    this.#recorder.wake();
    if (this.plan.keepsOwn) this.#deps.cache.executionEnded(this.id);
    this.#deps.ended(this);
  }

  #send(event: ExecutionSignal): void {
    // An ended actor needs no more signals; XState would only warn.
    if (this.#actor?.getSnapshot().status === 'active') this.#actor.send(event);
  }

  /** What could not be recorded did not happen: the execution ends, unrecorded. */
  #unrecorded(cause: unknown): void {
    if (this.#outcome !== undefined) return;
    const error = TroupeError.from(
      cause,
      'ExecutionFailed',
      `execution ${this.id} could not be recorded`,
    );
    this.#end({ status: 'failed', error });
    this.#fail(error);
  }
}

function terminalEvent(outcome: Outcome): EventBody {
  switch (outcome.status) {
    case 'completed':
      return { type: 'execution.completed', output: outcome.output };
    case 'cancelled':
      return { type: 'execution.cancelled', reason: outcome.reason ?? outcome.error.message };
    case 'failed':
      return { type: 'execution.failed', error: recordOf(outcome.error) };
    case 'timed_out':
      return { type: 'execution.timed_out', error: recordOf(outcome.error) };
    default:
      return outcome satisfies never;
  }
}

/** Where in an execution something happened. */
interface Place {
  readonly step: string;
  readonly index?: number;
}

function placeOf({ step, index }: Unit): Place {
  return index < 0 ? { step: step.name } : { step: step.name, index };
}

/** The same error, saying also which execution, step and item it happened to. */
function withPlace(error: Error, execution: string, place: Place): TroupeError {
  const { code, details, message, cause } = TroupeError.from(
    error,
    'TaskFailed',
    `step ${place.step}`,
  );
  return new TroupeError(code, message, {
    ...(cause !== undefined && { cause }),
    details: { ...details, execution, ...place },
  });
}
