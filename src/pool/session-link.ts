import {
  type HelloMessage,
  HostKind,
  type HostMessage,
  hasStarted,
  nextJobNumber,
  Outbox,
  SharedSlot,
  type Transport,
  WorkerKind,
  type WorkerMessage,
} from '../ipc/index.ts';
import {
  type ErrorRecord,
  type ExitReason,
  errorOf,
  recordOf,
  TroupeError,
} from '../model/index.ts';
import type { Clock, Logger, ThreadListener } from '../ports/index.ts';
import { hasCredit } from '../schedule/index.ts';
import { deathOf } from './exit-errors.ts';
import type { JobRecord } from './job-record.ts';
import type { KnownTask, TaskTable } from './task-table.ts';

/** What a session tells its pool. */
export interface LinkHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tasks: TaskTable;
  /** @throws TroupeError `HandshakeFailed` when the hello is not acceptable */
  greeted(link: SessionLink, hello: HelloMessage): void;
  refused(link: SessionLink, error: Error): void;
  /** Jobs were answered: there may be credit again. */
  relieved(): void;
  /** The session broke the protocol. */
  broken(link: SessionLink, error: TroupeError): void;
}

/** Milliseconds between two looks at a job that was cancelled before it started. */
const WATCH_INTERVAL = 20;

/** The host's side of one session: what it was sent, what it owes, how much more it may get. */
export class SessionLink {
  readonly worker: string;
  readonly listener: ThreadListener;
  /** True from the hello until it is closed: it takes jobs. */
  open = false;
  /** The session said hello: it was of use once. */
  greeted = false;
  /** The session said goodbye: its end is in order. */
  saidGoodbye = false;
  /** The session could not start; why. */
  refusal: Error | undefined;
  readonly #transport: Transport<HostMessage, WorkerMessage>;
  readonly #shared: Int32Array;
  readonly #host: LinkHost;
  readonly #logger: Logger;
  readonly #outbox: Outbox<HostMessage>;
  /** In the order in which they were sent, which is the order in which they start. */
  readonly #inFlight = new Map<number, JobRecord>();
  #load = 0;
  #lastNumber = 0;
  #overdue = 0;
  #heartbeat = 0;
  #heartbeatSeen: number;

  constructor(
    worker: string,
    listener: ThreadListener,
    transport: Transport<HostMessage, WorkerMessage>,
    shared: Int32Array,
    host: LinkHost,
  ) {
    this.worker = worker;
    this.listener = listener;
    this.#transport = transport;
    this.#shared = shared;
    this.#host = host;
    this.#heartbeatSeen = host.clock.now();
    this.#logger = host.logger.child({ worker });
    this.#outbox = new Outbox(transport, (message, error) => this.#unsendable(message, error));
    transport.receive(
      (batch) => this.#receive(batch),
      (error) => this.#break(error.message, error),
    );
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Milliseconds of work that it is believed to hold. */
  get load(): number {
    return this.#load;
  }

  /**
   * Milliseconds for which its heartbeat has been found to stand still. It beats in the thread, and
   * is counted in shared memory: that the host was busy meanwhile does not make it silent.
   */
  get silence(): number {
    const now = this.#host.clock.now();
    const heartbeat = Atomics.load(this.#shared, SharedSlot.heartbeat);
    if (heartbeat !== this.#heartbeat) this.#heartbeatSeen = now;
    this.#heartbeat = heartbeat;
    return now - this.#heartbeatSeen;
  }

  accepts(cost: number): boolean {
    return this.open && hasCredit(this.#inFlight.size, this.#load, cost);
  }

  /** Gives it a job; `flush` sends it. */
  assign(record: JobRecord, task: KnownTask): void {
    const number = nextJobNumber(this.#lastNumber);
    this.#lastNumber = number;
    record.number = number;
    record.cost = task.estimate.milliseconds;
    this.#load += record.cost;
    this.#inFlight.set(number, record);
    const { input, timeout } = record.job;
    this.#outbox.push([HostKind.run, number, task.index, input, timeout > 0 ? 1 : 0]);
  }

  flush(): void {
    this.#outbox.flush();
  }

  /** True when the job was sent here and not answered. */
  holds(record: JobRecord): boolean {
    return this.#inFlight.get(record.number) === record;
  }

  /**
   * Ends a job early. One that runs is asked to stop, and fails when it does; one that does not run
   * fails at once.
   */
  cancel(record: JobRecord, error: Error): void {
    record.ending = error;
    if (this.#isRunning(record)) this.#interrupt(record, error);
    else {
      this.#outbox.push([HostKind.cancel, record.number, recordOf(error)]);
      this.flush();
      record.fail(error);
      this.#watch(record, error);
    }
  }

  /**
   * A job that had not started when it was cancelled may start before the session reads of it, and
   * then never yield: it is looked at until it is answered.
   */
  #watch(record: JobRecord, error: Error): void {
    this.#stopTimer(record);
    record.timer = this.#host.clock.setTimeout(() => {
      if (!this.holds(record)) return;
      if (this.#isRunning(record)) this.#interrupt(record, error);
      else this.#watch(record, error);
    }, WATCH_INTERVAL);
  }

  #isRunning({ number }: JobRecord): boolean {
    return Atomics.load(this.#shared, SharedSlot.started) === number;
  }

  /** Takes no more jobs; the session ends when it has answered those it has. */
  drain(): void {
    this.open = false;
    this.#outbox.push([HostKind.close]);
    this.flush();
  }

  /**
   * The thread is gone. What it said before counts; jobs that had started share its fate.
   * @returns the jobs that were merely prefetched, in order
   */
  bury(reason: ExitReason): JobRecord[] {
    this.open = false;
    this.#transport.drain();
    this.#transport.close();
    const startedLast = Atomics.load(this.#shared, SharedSlot.started);
    const untouched: JobRecord[] = [];
    for (const [number, record] of this.#inFlight) {
      this.#stopTimer(record);
      if (record.settled) continue;
      if (record.ending !== undefined || hasStarted(number, startedLast)) {
        record.fail(deathOf(record.job.task.id, this.worker, reason));
      } else untouched.push(record);
    }
    this.#inFlight.clear();
    return untouched;
  }

  #receive(batch: readonly WorkerMessage[]): void {
    try {
      for (const message of batch) this.#handle(message);
    } catch (error) {
      this.#break('a session sent a message that could not be read', error);
    }
    this.#host.relieved();
  }

  #handle(message: WorkerMessage): void {
    switch (message[0]) {
      case WorkerKind.result: {
        const record = this.#answered(message[1], message[3]);
        record?.succeed(message[2]);
        break;
      }
      case WorkerKind.error: {
        const record = this.#answered(message[1], message[3]);
        record?.fail(taskFailed(record.job.task.id, this.worker, message[2]));
        break;
      }
      case WorkerKind.started:
        this.#started(message[1]);
        break;
      case WorkerKind.progress:
        this.#inFlight.get(message[1])?.job.progressed(message[2]);
        break;
      case WorkerKind.log: {
        const job = this.#inFlight.get(message[1])?.job;
        const fields = { execution: job?.executionId, task: job?.task.id, ...message[3] };
        this.#logger[message[2]](fields, message[4]);
        break;
      }
      case WorkerKind.hello:
        this.#host.greeted(this, message);
        break;
      case WorkerKind.refused:
        this.refusal = errorOf(message[1]);
        this.#host.refused(this, this.refusal);
        break;
      case WorkerKind.goodbye:
        this.saidGoodbye = true;
        break;
      default:
        message satisfies never;
        this.#break(
          `a session sent a message of unknown kind ${String((message as unknown[])[0])}`,
        );
    }
  }

  /** Takes a job off the books; nothing for one that is not on them. */
  #answered(number: number, elapsed: number): JobRecord | undefined {
    const record = this.#inFlight.get(number);
    if (record === undefined) {
      this.#break(`a session answered job ${String(number)}, which it does not hold`);
      return undefined;
    }
    this.#inFlight.delete(number);
    this.#load = this.#inFlight.size === 0 ? 0 : this.#load - record.cost;
    this.#host.tasks.get(record.job.task.id)?.estimate.observe(elapsed);
    this.#stopTimer(record);
    if (record.overdue) this.#yielded(record);
    return record;
  }

  #started(number: number): void {
    const record = this.#inFlight.get(number);
    if (record === undefined || record.settled) return;
    const { task, timeout } = record.job;
    record.timer = this.#host.clock.setTimeout(() => {
      const error = new TroupeError(
        'TaskTimeout',
        `task ${task.id} ran longer than ${timeout} ms`,
        {
          details: { task: task.id, timeout, worker: this.worker },
        },
      );
      // The caller is told on time; the task is asked to stop, and the thread ended if it does not.
      record.fail(error);
      this.#interrupt(record, error);
    }, timeout);
  }

  #interrupt(record: JobRecord, error: Error): void {
    Atomics.store(this.#shared, SharedSlot.cancelled, record.number);
    this.#outbox.push([HostKind.cancel, record.number, recordOf(error)]);
    this.flush();
    if (record.overdue) return;
    record.overdue = true;
    if (this.#overdue++ === 0) this.listener.overdue();
  }

  #yielded(record: JobRecord): void {
    record.overdue = false;
    Atomics.compareExchange(this.#shared, SharedSlot.cancelled, record.number, 0);
    if (--this.#overdue === 0) this.listener.yielded();
  }

  #stopTimer(record: JobRecord): void {
    if (record.timer === undefined) return;
    this.#host.clock.clearTimeout(record.timer);
    record.timer = undefined;
  }

  /** Of what a host sends only an input can be unfit to travel. */
  #unsendable(message: HostMessage, error: TroupeError): void {
    if (message[0] !== HostKind.run) return;
    const record = this.#inFlight.get(message[1]);
    if (record === undefined) return;
    this.#inFlight.delete(message[1]);
    this.#load = this.#inFlight.size === 0 ? 0 : this.#load - record.cost;
    const { id } = record.job.task;
    record.fail(
      new TroupeError('NotSerializable', `input of task ${id}: ${error.message}`, {
        cause: error,
        details: { task: id },
      }),
    );
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

function taskFailed(task: string, worker: string, record: ErrorRecord): TroupeError {
  const cause = errorOf(record);
  const details = { task, worker };
  if (TroupeError.is(cause, 'NotSerializable')) {
    return new TroupeError('NotSerializable', `output of task ${task}: ${cause.message}`, {
      cause,
      details,
    });
  }
  return new TroupeError('TaskFailed', `task ${task} failed: ${record.message}`, {
    cause,
    details,
  });
}
