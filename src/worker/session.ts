import {
  type CancelMessage,
  HostKind,
  type HostMessage,
  Outbox,
  type RunMessage,
  SharedSlot,
  type Transport,
  WorkerKind,
  type WorkerMessage,
} from '../ipc/index.ts';
import { type ErrorRecord, errorOf, recordOf } from '../model/index.ts';
import type { LoadedTask } from './load-tasks.ts';
import { type ContextHost, RunningTask, type TaskLog } from './task-context.ts';

/**
 * After this many milliseconds of work, finished results are sent and the thread's event loop gets
 * a turn: a result waits no longer for its neighbours, and a cancel can be seen between tasks.
 */
const TURN = 1;

/**
 * The thread's side of the protocol: takes jobs, runs them one at a time in the order they came,
 * and answers each exactly once. Lives as long as the thread's Piscina task.
 */
export class Session implements ContextHost {
  readonly shared: Int32Array;
  /** Settles once the host has asked to close and every job taken is answered. */
  readonly closed: Promise<void>;
  readonly #tasks: readonly LoadedTask[];
  readonly #transport: Transport<WorkerMessage, HostMessage>;
  readonly #outbox: Outbox<WorkerMessage>;
  readonly #now: () => number;
  readonly #close: () => void;
  #queue: RunMessage[] = [];
  #head = 0;
  #current: RunningTask | undefined;
  #currentJob = 0;
  #resting = false;
  #closing = false;
  #flushScheduled = false;
  #turnEnds = 0;

  /** @param now monotonic milliseconds */
  constructor(
    transport: Transport<WorkerMessage, HostMessage>,
    tasks: readonly LoadedTask[],
    shared: Int32Array,
    now: () => number,
  ) {
    this.#transport = transport;
    this.#tasks = tasks;
    this.shared = shared;
    this.#now = now;
    this.#outbox = new Outbox(transport, (message, error) => {
      // Only what a task made can be unfit to travel: its result becomes its error.
      const job = message[1];
      if (message[0] === WorkerKind.result) {
        this.#outbox.push([WorkerKind.error, job as number, recordOf(error), message[3]]);
      } else if (message[0] === WorkerKind.error) {
        const [kind, , record, elapsed] = message;
        this.#outbox.push([kind, job as number, withoutDetails(record), elapsed]);
      } else if (message[0] === WorkerKind.progress || message[0] === WorkerKind.log) {
        const fields = { error: recordOf(error) };
        this.log(job as number, 'warn', fields, 'what the task told could not travel');
      }
    });
    const { promise, resolve } = withResolvers();
    this.closed = promise;
    this.#close = resolve;
    transport.receive(
      (batch) => this.#receive(batch),
      // A host that speaks nonsense cannot be answered: die, and be replaced.
      (error) => {
        throw error;
      },
    );
  }

  progress(job: number, value: unknown): void {
    this.#tell([WorkerKind.progress, job, value]);
  }

  log(job: number, level: keyof TaskLog, fields: Record<string, unknown>, message: string): void {
    this.#tell([WorkerKind.log, job, level, fields, message]);
  }

  #tell(message: WorkerMessage): void {
    this.#outbox.push(message);
    this.#flushSoon();
  }

  /** Once the thread's event loop turns; a task that computes is waited for, one that awaits not. */
  #flushSoon(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#outbox.flush();
    });
  }

  #receive(batch: readonly HostMessage[]): void {
    for (const message of batch) {
      switch (message[0]) {
        case HostKind.run:
          this.#queue.push(message);
          break;
        case HostKind.cancel:
          this.#cancel(message);
          break;
        case HostKind.close:
          this.#closing = true;
          break;
        default:
          message satisfies never;
          throw new Error(`unknown message kind ${String((message as HostMessage)[0])}`);
      }
    }
    if (this.#currentJob === 0 && !this.#resting) this.#takeTurn();
    else this.#outbox.flush();
  }

  #cancel([, job, reason]: CancelMessage): void {
    if (job === this.#currentJob) {
      this.#current?.abort(errorOf(reason));
      return;
    }
    for (let i = this.#head; i < this.#queue.length; i++) {
      if (this.#queue[i]?.[1] !== job) continue;
      this.#queue.splice(i, 1);
      this.#outbox.push([WorkerKind.error, job, reason, 0]);
      return;
    }
  }

  #takeTurn(): void {
    this.#resting = false;
    this.#turnEnds = this.#now() + TURN;
    this.#work();
  }

  /** Runs what waits until nothing does, a task turns out to be asynchronous, or the turn ends. */
  #work(): void {
    let started = this.#now();
    while (this.#head < this.#queue.length) {
      if (started >= this.#turnEnds) {
        this.#rest();
        return;
      }
      const message = this.#queue[this.#head++] as RunMessage;
      const pending = this.#start(message, started);
      if (pending !== undefined) {
        this.#await(pending, message[1], started);
        return;
      }
      started = this.#now();
    }
    this.#queue = [];
    this.#head = 0;
    if (this.#closing) this.#finish();
    else this.#outbox.flush();
  }

  /** Lets the event loop turn: messages are read, timers fire, results leave. */
  #rest(): void {
    this.#resting = true;
    this.#outbox.flush();
    setImmediate(() => this.#takeTurn());
  }

  /** Runs one task. Answers it if it was synchronous, else returns what it waits for. */
  #start(
    [, job, index, input, announce]: RunMessage,
    started: number,
  ): PromiseLike<unknown> | undefined {
    const task = this.#tasks[index] as LoadedTask;
    Atomics.store(this.shared, SharedSlot.started, job);
    this.#currentJob = job;
    this.#current = task.takesContext ? new RunningTask(task.id, job, this) : undefined;
    if (announce === 1) {
      this.#outbox.push([WorkerKind.started, job]);
      this.#outbox.flush();
    }
    try {
      const output = task.run(input, this.#current);
      if (isThenable(output)) return output;
      this.#settle([WorkerKind.result, job, output, this.#now() - started]);
    } catch (error) {
      this.#settle([WorkerKind.error, job, recordOf(error), this.#now() - started]);
    }
    return undefined;
  }

  #await(pending: PromiseLike<unknown>, job: number, started: number): void {
    const settle = (message: WorkerMessage) => {
      this.#settle(message);
      this.#work();
    };
    Promise.resolve(pending).then(
      (output) => settle([WorkerKind.result, job, output, this.#now() - started]),
      (error) => settle([WorkerKind.error, job, recordOf(error), this.#now() - started]),
    );
    // Earlier results must not wait for a task that waits itself.
    if (this.#outbox.size > 0) this.#flushSoon();
  }

  #settle(message: WorkerMessage): void {
    this.#currentJob = 0;
    this.#current = undefined;
    this.#outbox.push(message);
  }

  #finish(): void {
    this.#outbox.push([WorkerKind.goodbye]);
    this.#outbox.flush();
    this.#transport.close();
    this.#close();
  }
}

/** An error whose own details cannot travel: the rest of it is text, which always can. */
function withoutDetails({ details: _, cause, ...record }: ErrorRecord): ErrorRecord {
  return cause === undefined ? record : { ...record, cause: withoutDetails(cause) };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
