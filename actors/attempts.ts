import type { ResultCache } from '../src/cache/index.ts';
import { type ResultOrigin, TroupeError } from '../src/model/index.ts';
import type { Unit } from '../src/pipeline/index.ts';
import { retryDelay } from '../src/policy/index.ts';
import type { Clock, Dispatcher, EventSink, Random } from '../src/ports/index.ts';
import { type JobOrigin, StepJob, type StepJobOwner } from './step-job.ts';

/** What the attempts of every execution of a runtime share. */
export interface AttemptDeps {
  readonly dispatcher: Dispatcher;
  readonly cache: ResultCache;
  readonly sink: EventSink;
  readonly clock: Clock;
  readonly random: Random;
}

/** Whom the attempts of an execution answer: each unit ends in exactly one of three ways. */
export interface AttemptsOwner extends JobOrigin {
  /** Its task gave this. @param origin how that came about, if not by an attempt of its own */
  unitSucceeded(unit: Unit, output: unknown, origin: ResultOrigin | undefined): void;
  /** Its task failed, and is not tried again. */
  unitFailed(unit: Unit, attempt: number, error: Error): void;
  /** It ended after all were aborted: how, does not count any more. */
  unitAborted(unit: Unit): void;
  /** Its task failed, and is tried again after a wait. */
  unitRetries(unit: Unit, attempt: number, delay: number, error: Error): void;
}

/** The tasks of one execution that are given out, or wait for their next try. */
export class Attempts implements StepJobOwner {
  readonly origin: JobOrigin;
  readonly #owner: AttemptsOwner;
  readonly #deps: AttemptDeps;
  readonly #jobs = new Set<StepJob>();
  #isAborted = false;

  constructor(owner: AttemptsOwner, deps: AttemptDeps) {
    this.origin = owner;
    this.#owner = owner;
    this.#deps = deps;
  }

  get size(): number {
    return this.#jobs.size;
  }

  begin(unit: Unit): void {
    const job = new StepJob(this, unit);
    this.#jobs.add(job);
    if (unit.step.retry.maxElapsed !== undefined) job.since = this.#deps.clock.now();
    this.#dispatch(job);
  }

  /**
   * Asks all to stop: no outcome counts any more.
   * @returns those that waited for their next try, and are over with that
   */
  abort(error: TroupeError): readonly Unit[] {
    this.#isAborted = true;
    const over: Unit[] = [];
    for (const job of [...this.#jobs]) {
      if (job.retryTimer !== undefined) {
        this.#deps.clock.clearTimeout(job.retryTimer);
        this.#jobs.delete(job);
        over.push(job.unit);
      } else if (job.unit.step.cache === undefined) this.#deps.dispatcher.cancel(job, error);
      else this.#deps.cache.cancel(job, error);
    }
    return over;
  }

  /**
   * Gives the tasks of a step that are under way a message.
   *
   * @returns when each has it, or as good as: it is on its way to an inbox with room for it
   * @throws (rejects with) TroupeError `InvalidState` where there is none, one ends before, or the step
   *   has a cache, so that its attempts may be others', too; and `NotSerializable`, `PayloadTooLarge`
   */
  async send(step: string, message: unknown): Promise<void> {
    const jobs = [...this.#jobs].filter(({ unit }) => unit.step.name === step);
    if (jobs.length === 0) throw this.#takesNone(step, 'nothing of it is under way');
    if (jobs[0]?.unit.step.cache !== undefined) throw this.#takesNone(step, 'it has a cache');
    const { dispatcher } = this.#deps;
    await Promise.all(jobs.map((job) => dispatcher.message?.(job, message)));
  }

  #takesNone(step: string, why: string): TroupeError {
    const { id } = this.origin;
    const message = `step ${step} of execution ${id} takes no message: ${why}`;
    return new TroupeError('InvalidState', message, { details: { execution: id, step } });
  }

  /** Takes so many more pieces of what the tasks yield. */
  grant(pieces: number): void {
    for (const job of this.#jobs) this.#deps.dispatcher.credit?.(job, pieces);
  }

  jobSucceeded(job: StepJob, output: unknown): void {
    const { unit } = job;
    const origin = this.#originOf(job);
    if (origin === undefined) unit.step.retry.budget?.succeeded();
    this.#jobs.delete(job);
    if (this.#isAborted) this.#owner.unitAborted(unit);
    else this.#owner.unitSucceeded(unit, output, origin);
  }

  jobFailed(job: StepJob, error: Error): void {
    if (this.#isAborted) {
      this.#jobs.delete(job);
      this.#owner.unitAborted(job.unit);
      return;
    }
    let delay: number | undefined;
    try {
      delay = this.#retryDelay(job, error);
    } catch (defect) {
      this.#gaveUp(job, defect as TroupeError);
      return;
    }
    if (delay === undefined) {
      this.#gaveUp(job, error);
      return;
    }
    job.delay = delay;
    // The timer is set before the record is made: whoever cancels meanwhile finds it.
    job.retryTimer = this.#deps.clock.setTimeout(() => this.#retry(job), delay);
    this.#owner.unitRetries(job.unit, job.attempt, delay, error);
  }

  jobProgressed({ unit }: StepJob, value: unknown): void {
    this.#deps.sink.publish({ type: 'task.progress', ...this.#placeOf(unit), value });
  }

  jobEmitted({ unit }: StepJob, name: string, value: unknown): void {
    this.#deps.sink.publish({ type: 'task.emitted', ...this.#placeOf(unit), name, value });
  }

  #placeOf({ step, index }: Unit) {
    return {
      executionId: this.origin.id,
      step: step.name,
      ...(index >= 0 && { index }),
      time: this.#deps.clock.wallTime(),
    };
  }

  #dispatch(job: StepJob): void {
    const { cache } = job.unit.step;
    if (cache === undefined) this.#deps.dispatcher.dispatch(job);
    else this.#deps.cache.dispatch(job, cache);
  }

  /** How a job came by its outcome, if not by an attempt of its own. */
  #originOf(job: StepJob): ResultOrigin | undefined {
    return job.unit.step.cache === undefined ? undefined : this.#deps.cache.originOf(job);
  }

  #retryDelay(job: StepJob, error: Error): number | undefined {
    const { attempt, since, delay: previous } = job;
    const { retry } = job.unit.step;
    const { clock, random } = this.#deps;
    const elapsed = retry.maxElapsed === undefined ? 0 : clock.now() - since;
    const isCounted = this.#originOf(job) !== undefined;
    const failed = { attempt, error, random: random.next(), elapsed, previous, isCounted };
    return retryDelay(retry, failed);
  }

  #gaveUp(job: StepJob, error: Error): void {
    this.#jobs.delete(job);
    this.#owner.unitFailed(job.unit, job.attempt, error);
  }

  #retry(job: StepJob): void {
    job.retryTimer = undefined;
    job.attempt++;
    this.#dispatch(job);
  }
}
