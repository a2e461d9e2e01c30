import {
  type ErrorMessage,
  HostKind,
  type HostMessage,
  hasStarted,
  NEVER_RAN,
  nextJobNumber,
  Outbox,
  type ResultMessage,
  receivedError,
  SharedSlot,
  type SharedSlots,
  type TaskMessage,
  type Transport,
  WorkerKind,
  type WorkerMessage,
} from '../ipc/index.ts';
import { type ExitReason, errorOf, recordOf, TroupeError } from '../model/index.ts';
import type { Clock, Logger, ThreadListener } from '../ports/index.ts';
import { hasCredit, type WorkerLoad } from '../schedule/index.ts';
import { partBuried } from './burial.ts';
import { CancelSlots } from './cancel-slots.ts';
import { type EndingHost, Endings } from './endings.ts';
import { inputStays, notStarted, taskFailed, wasAskedFor } from './exit-errors.ts';
import { Flight } from './flight.ts';
import { hearTask } from './hear-task.ts';
import type { JobRecord } from './job-record.ts';
import type { LinkHost } from './link-host.ts';
import { Pulse } from './pulse.ts';
import { Recall } from './recall.ts';
import { runMessage } from './run-message.ts';
import { lineTo } from './talk.ts';
import type { KnownTask } from './task-table.ts';
import { traceStart } from './tracing.ts';
import { WorkerUsage } from './worker-usage.ts';

/** A session that never stops talking must not keep the others from being heard. */
const MAX_FRAMES = 16;

/** The host's side of one session: what it was sent, what it owes, how much more it may get. */
export class SessionLink implements WorkerLoad, EndingHost {
  readonly worker: string;
  readonly listener: ThreadListener;
  /** True from the hello until it is closed: it takes jobs. */
  open = false;
  /** Jobs were taken back from it, and it has not got on since: it gets nothing new. */
  isStalled = false;
  /** The session said hello: it was of use once. */
  greeted = false;
  /** Its end was asked for, and nobody is to take its place. */
  isLeaving = false;
  /** The session said goodbye: its end is in order. */
  saidGoodbye = false;
  /** What its process is about to die of, where that could say so. */
  lastWords: Error | undefined;
  /** Why the session could not start. */
  refusal: Error | undefined;
  readonly #transport: Transport<HostMessage, WorkerMessage>;
  readonly #shared: SharedSlots;
  readonly #host: LinkHost;
  readonly #logger: Logger;
  readonly #outbox: Outbox<HostMessage>;
  readonly #inFlight = new Flight();
  readonly cancelled: CancelSlots;
  readonly #endings: Endings;
  readonly #recall: Recall;
  readonly pulse: Pulse;
  /** Tasks that it runs at a time. */
  readonly #concurrency: number;
  readonly usage: WorkerUsage;
  #isClosing = false;
  #lastNumber = 0;
  #end: (() => void) | undefined;
  #greetedAt = 0;
  #answeredAt = 0;
  /** When the batch came whose messages are being handled: the time is not asked for each. */
  #now = 0;

  constructor(
    worker: string,
    listener: ThreadListener,
    transport: Transport<HostMessage, WorkerMessage>,
    shared: SharedSlots,
    host: LinkHost,
  ) {
    this.worker = worker;
    this.listener = listener;
    this.#transport = transport;
    this.#shared = shared;
    this.#host = host;
    this.pulse = new Pulse(shared, host.clock);
    this.cancelled = new CancelSlots(shared);
    this.#endings = new Endings(this);
    this.#recall = new Recall(shared);
    this.#concurrency = shared.length - SharedSlot.cancelled;
    this.usage = new WorkerUsage(host.clock.now());
    this.#logger = host.logger.child({ worker });
    this.#outbox = new Outbox(transport, (message, error) => this.#unsendable(message, error));
    transport.receive(
      (batch) => this.#receive(batch),
      (error) => this.#break(error.message, error),
      () => host.relieved(),
    );
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** It has work to do: jobs to answer, or to give back. */
  get isAtWork(): boolean {
    return this.#inFlight.size > 0 || this.isStalled;
  }

  /** How often it has been given work when it had none. */
  get stretches(): number {
    return this.#inFlight.stretches;
  }

  /** Milliseconds of work that it is believed to hold. */
  get load(): number {
    return this.#inFlight.load;
  }

  /** The share of the last quarter of a second in which its thread was busy, from 0 to 1. */
  get utilisation(): number {
    return this.pulse.utilisation;
  }

  accepts(cost: number): boolean {
    const { size, load } = this.#inFlight;
    if (!this.open || size >= this.#left || this.isStalled) return false;
    return hasCredit(size, load, cost, this.#concurrency);
  }

  /** Tasks that it may still be given before it is replaced. */
  get #left(): number {
    const { tasks } = this.#host.recycle;
    return tasks === undefined ? Number.POSITIVE_INFINITY : tasks - this.usage.runs.count;
  }

  /** Gives it a job; `flush` sends it. */
  assign(record: JobRecord, task: KnownTask): void {
    const number = nextJobNumber(this.#lastNumber);
    this.#lastNumber = number;
    record.number = number;
    record.cost = task.estimate.milliseconds;
    this.#inFlight.add(record);
    record.task = task;
    const { job } = record;
    if (record.trace === undefined) record.trace = traceStart(job, this.worker);
    else record.trace.worker = this.worker;
    const hasMoved = this.#outbox.push(runMessage(record, task));
    if (hasMoved) record.isBound = true;
    if (record.talk !== undefined) this.begin(record);
  }

  /** Asks for up to so many jobs back that have not started; `returned` follows. */
  revoke(count: number): void {
    this.tell([HostKind.revoke, count]);
  }

  /** It holds more than it runs, and is to run all of it. */
  get hasBacklog(): boolean {
    return this.open && this.#inFlight.size > this.#concurrency;
  }

  /** It could start a task at once. */
  get isFree(): boolean {
    return this.#inFlight.size < this.#concurrency && this.accepts(0);
  }

  /** It has started nothing since this was asked last, though it holds something that waits. */
  isStuck(): boolean {
    return this.#recall.isStuck(this.hasBacklog ? this.#lastNumber : undefined);
  }

  /**
   * Takes back what has not started, at once, whatever the session is busy with. It gets nothing new until
   * it has heard of it, and then has room for a task.
   */
  takeBack(): void {
    if (!this.open || this.isStalled) return;
    const { records, count } = this.#recall.begin(this.#inFlight);
    if (count === 0) return;
    this.isStalled = true;
    this.revoke(count);
    for (const record of records) this.#release(record);
    this.#host.returned(records);
  }

  /** The job has something to say, though it had not when it was sent. */
  begin({ talk, task, taskId, number }: JobRecord): void {
    if (task?.takesContext === false) talk?.dismiss(taskId);
    talk?.begin(lineTo(this.#outbox, number));
  }

  /** Hears what it has said and nobody was told of yet, up to a limit. */
  hear(): void {
    for (let frames = 0; frames < MAX_FRAMES && this.#transport.poll(); ) frames++;
  }

  /** Hears what it has ready and holds back, behind a task that takes longer than was thought. */
  overhear(): boolean {
    return this.#inFlight.size > 0 && this.#transport.overhear();
  }

  flush(): void {
    this.#outbox.flush();
  }

  tell(message: HostMessage): void {
    this.#outbox.push(message);
    this.#outbox.flush();
  }

  get patience(): number | undefined {
    return this.#host.patience;
  }

  get clock(): Clock {
    return this.#host.clock;
  }

  /** True when the job was sent here and not answered. */
  holds(record: JobRecord): boolean {
    return this.#inFlight.get(record.number) === record;
  }

  /** @see Endings.cancel */
  cancel(record: JobRecord, error: Error): void {
    this.#endings.cancel(record, error);
  }

  /** It is running, or about to be answered. */
  hasStarted({ number }: JobRecord): boolean {
    return hasStarted(number, this.#shared.load(SharedSlot.started));
  }

  hasEnded(record: JobRecord): boolean {
    if (this.#concurrency > 1) return false;
    return this.hasStarted(record) && this.#shared.load(SharedSlot.started) !== record.number;
  }

  /** Takes no more jobs; the session ends when it has answered those that have started. */
  drain(): void {
    this.isLeaving = true;
    this.#leave(0);
  }

  /**
   * As `drain`, but the thread stays after its goodbye, to be ended: the next session must not find it.
   * @param end ends the thread
   */
  retire(end: () => void): void {
    this.#end = end;
    this.#leave(1);
  }

  #leave(stays: 0 | 1): void {
    this.open = false;
    this.#isClosing = true;
    const { length } = this.#recall.waiting(this.#inFlight);
    if (length > 0) this.revoke(length);
    this.tell([HostKind.close, stays]);
    this.#tellEmpty();
  }

  /** It is to end, and nothing but that is missing: its hooks run, or its goodbye is on its way. */
  get isParting(): boolean {
    return this.#isClosing && this.#inFlight.size === 0 && !this.saidGoodbye;
  }

  #tellEmpty(): void {
    if (this.isParting) this.listener.emptied();
  }

  /**
   * The thread is gone. What it said before counts; jobs that had started share its fate.
   * @returns the jobs that were merely prefetched, in order
   */
  bury(reason: ExitReason): readonly JobRecord[] {
    this.open = false;
    while (this.#transport.poll());
    this.#transport.overhear();
    this.#transport.close();
    const startedLast = this.#shared.load(SharedSlot.started);
    const death = { worker: this.worker, reason, startedLast };
    const rest = partBuried(this.#inFlight.inOrder(), death, (record, error, hasBegun) => {
      if (hasBegun) this.#countLost(record);
      this.#endings.stopTimer(record);
      this.#letGo(record);
      record.fail(error);
    });
    for (const record of rest) this.#release(record);
    this.#inFlight.clear();
    return rest;
  }

  /** It began when it came, or when the one before it was answered: about then. */
  #countLost({ since }: JobRecord): void {
    const began = Math.max(since, this.#answeredAt, this.#greetedAt);
    this.usage.failed++;
    this.usage.observe(this.#host.clock.now() - began, began - since);
  }

  #receive(batch: readonly WorkerMessage[]): void {
    this.#now = this.#host.clock.now();
    const { count } = this.usage.runs;
    try {
      for (const message of batch) this.#handle(message);
    } catch (error) {
      this.#break('a session sent a message that could not be read', error);
    }
    const { age } = this.#host.recycle;
    const isOld = age !== undefined && this.#now - this.#greetedAt >= age;
    if (isOld && this.usage.runs.count > count) this.#host.worn(this, 'age');
  }

  #handle(message: WorkerMessage): void {
    switch (message[0]) {
      case WorkerKind.result: {
        const record = this.#answered(message[1], message[3]);
        if (record === undefined) break;
        this.usage.done++;
        record.succeed(message[2]);
        break;
      }
      case WorkerKind.error: {
        // Throws for what is no error: the job must still be on the books then.
        const cause = receivedError(message[2]);
        const record = this.#answered(message[1], message[3]);
        if (record === undefined) break;
        if (message[3] !== NEVER_RAN) this.usage.failed++;
        if (record.isGivenUp) this.#tellLate(record, cause);
        record.fail(taskFailed(record.taskId, this.worker, cause));
        break;
      }
      default:
        this.#hear(message);
    }
  }

  /** Nobody waits for it any more; but that it stopped because it was asked to is no news. */
  #tellLate({ job, taskId, ending }: JobRecord, error: Error): void {
    if (wasAskedFor(error, ending)) return;
    const fields = { execution: job.executionId, task: taskId, error: recordOf(error) };
    this.#logger.warn(fields, 'a task that was told to end failed of something else');
  }

  /** What a session says besides the outcomes of jobs. */
  #hear(message: Exclude<WorkerMessage, ResultMessage | ErrorMessage>): void {
    switch (message[0]) {
      case WorkerKind.hello:
        this.#greetedAt = this.#now;
        this.#host.greeted(this, message);
        break;
      case WorkerKind.refused:
        this.refusal = notStarted(this.worker, errorOf(message[1]));
        this.#host.refused(this, this.refusal);
        break;
      case WorkerKind.goodbye:
        this.saidGoodbye = true;
        this.#end?.();
        break;
      case WorkerKind.fatal:
        this.lastWords = receivedError(message[1]);
        break;
      case WorkerKind.revoked:
        this.#revoked(message[1]);
        break;
      case WorkerKind.memory: {
        const { heap = Number.POSITIVE_INFINITY } = this.#host.recycle;
        this.#host.worn(this, message[1] > heap ? 'heap' : 'external');
        break;
      }
      case WorkerKind.pong:
        break;
      case WorkerKind.started:
      case WorkerKind.progress:
      case WorkerKind.emit:
      case WorkerKind.chunk:
      case WorkerKind.taken:
      case WorkerKind.log:
        this.#hearTask(message);
        break;
      default:
        message satisfies never;
        this.#break(
          `a session sent a message of unknown kind ${String((message as unknown[])[0])}`,
        );
    }
  }

  #hearTask(message: TaskMessage): void {
    const record = this.#inFlight.get(message[1]);
    if (message[0] !== WorkerKind.started) hearTask(message, record, this.#logger);
    else if (record !== undefined && !record.settled) this.#endings.started(record);
  }

  /** Takes a job off the books; nothing for one that is not on them. */
  #answered(number: number, elapsed: number): JobRecord | undefined {
    const record = this.#inFlight.get(number);
    if (record === undefined) {
      this.#break(`a session answered job ${String(number)}, which it does not hold`);
      return undefined;
    }
    if (!Number.isFinite(elapsed)) {
      this.#break(`a session answered job ${number} without the time that it took`);
      return undefined;
    }
    this.#inFlight.delete(record);
    this.#answeredAt = this.#now;
    if (elapsed !== NEVER_RAN) this.#observe(record, elapsed);
    this.#endings.stopTimer(record);
    this.#endings.over(record);
    if (this.isStalled) this.#getOn();
    this.#letGo(record);
    this.#tellEmpty();
    return record;
  }

  #observe({ task, since, trace }: JobRecord, elapsed: number): void {
    task?.estimate.observe(elapsed);
    const wait = this.#now - since - elapsed;
    this.usage.observe(elapsed, wait);
    if (trace !== undefined) Object.assign(trace, { wait, run: elapsed });
    if (this.usage.runs.count === this.#host.recycle.tasks) this.#host.worn(this, 'tasks');
  }

  #getOn(): void {
    this.isStalled = this.#recall.isUnderWay || this.#inFlight.size >= this.#concurrency;
  }

  /** It does not come back. */
  #letGo({ concurrencyKey }: JobRecord): void {
    if (concurrencyKey !== undefined) this.#host.released(concurrencyKey);
  }

  #revoked(numbers: readonly number[]): void {
    const records: JobRecord[] = [];
    for (const number of numbers) {
      const record = this.#inFlight.get(number);
      if (record === undefined) continue;
      // It may have looked as if it had started, and been asked to stop.
      this.#endings.over(record);
      this.#release(record);
      if (record.ending !== undefined) record.fail(record.ending);
      if (!record.settled) records.push(record);
      else {
        this.#endings.stopTimer(record);
        this.#letGo(record);
      }
    }
    this.#recall.end();
    this.#getOn();
    this.#tellEmpty();
    this.#host.returned(records);
  }

  /** It is no longer this session's. */
  #release(record: JobRecord): void {
    this.#inFlight.delete(record);
    record.number = 0;
    record.talk?.rewind();
  }

  /** Of what a host sends only inputs and messages can be unfit to travel. */
  #unsendable(message: HostMessage, error: TroupeError): void {
    const [kind, number, value] = message;
    if (kind !== HostKind.run && kind !== HostKind.message) return;
    const record = this.#inFlight.get(number);
    if (record === undefined) return;
    if (kind === HostKind.message) {
      record.talk?.refused(value, error);
      return;
    }
    this.#inFlight.delete(record);
    this.#tellEmpty();
    this.#letGo(record);
    record.fail(inputStays(record.job.task.id, error));
  }

  #break(message: string, cause?: unknown): void {
    const details = { worker: this.worker };
    const error = new TroupeError('ProtocolError', message, {
      ...(cause !== undefined && { cause }),
      details,
    });
    this.#host.broken(this, error);
  }
}
