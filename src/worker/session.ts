import {
  type CancelMessage,
  HostKind,
  type HostMessage,
  isRecalled,
  NEVER_RAN,
  Outbox,
  RunFlag,
  type RunMessage,
  receivedError,
  SharedSlot,
  type SharedSlots,
  sentError,
  type Transport,
  WorkerKind,
  type WorkerMessage,
} from '../ipc/index.ts';
import { isThenable, recordOf } from '../model/index.ts';
import type { LoadedTask } from './load-tasks.ts';
import type { MemoryWatch } from './memory-watch.ts';
import { Pace } from './pace.ts';
import { gathered, isGenerator, Streaming, type Yielding } from './streaming.ts';
import { type ContextHost, RunningTask } from './task-context.ts';
import type { TaskLog } from './task-log.ts';

/**
 * After this many milliseconds of work, finished results are sent and the thread's event loop gets
 * a turn: a result waits no longer for its neighbours, and a cancel can be seen between tasks.
 */
const TURN = 1;

/** With each run, so much is left of the longest one that is remembered: 10 ms for some 200 runs. */
const FADE = 0.99;

export interface SessionOptions {
  readonly tasks: readonly LoadedTask[];
  readonly shared: SharedSlots;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Tasks that may be under way at once: those that wait, beside the one that computes. @default 1 */
  readonly concurrency?: number;
  /** Is awaited before the goodbye, once every job is answered; must not throw. */
  readonly onClose?: (() => Promise<void>) | undefined;
  /** Looks at the memory between tasks. @default nobody does */
  readonly memory?: MemoryWatch | undefined;
}

/** A task that waits, and what can be done to it meanwhile. */
interface Pending {
  readonly context: RunningTask | undefined;
  streaming: Streaming | undefined;
}

/**
 * The thread's side of the protocol: takes jobs, starts them in the order they came, as many at a time
 * as it may, and answers each exactly once. Lives as long as the thread's Piscina task.
 */
export class Session implements ContextHost {
  readonly shared: SharedSlots;
  /** Settles once the host has asked to close and every job taken is answered. */
  readonly closed: Promise<void>;
  readonly #tasks: readonly LoadedTask[];
  readonly #transport: Transport<WorkerMessage, HostMessage>;
  readonly #outbox: Outbox<WorkerMessage>;
  readonly #now: () => number;
  readonly #concurrency: number;
  readonly #onClose: (() => Promise<void>) | undefined;
  readonly #memory: MemoryWatch | undefined;
  readonly #close: () => void;
  #queue: RunMessage[] = [];
  #head = 0;
  /** The tasks that wait, by their jobs. */
  readonly #pending = new Map<number, Pending>();
  #busy = false;
  #resting = false;
  #closing = false;
  #stays = false;
  #finished = false;
  #flushScheduled = false;
  readonly #pace = new Pace();
  /** The job before had a time limit, which runs until the host hears of its end. */
  #isLimited = false;
  /** Of each task the longest time lately for which it let nothing leave; not a number before its first. */
  readonly #longest: Float64Array;
  #turnEnds = 0;
  /** Messages and credit for jobs that have not started. */
  readonly #early = new Map<number, HostMessage[]>();
  /** Jobs that were to start and may not; the host asks for them. */
  #recalled: number[] = [];

  constructor(transport: Transport<WorkerMessage, HostMessage>, options: SessionOptions) {
    const { tasks, shared, now, concurrency = 1, onClose, memory } = options;
    this.#transport = transport;
    this.#tasks = tasks;
    this.#longest = new Float64Array(tasks.length).fill(Number.NaN);
    this.shared = shared;
    this.#now = now;
    this.#concurrency = concurrency;
    this.#onClose = onClose;
    this.#memory = memory;
    this.#outbox = new Outbox(transport, (message, error) => this.#unsendable(message, error));
    const { promise, resolve } = withResolvers();
    this.closed = promise;
    this.#close = resolve;
    transport.receive(
      (batch) => this.#receive(batch),
      // A host that speaks nonsense cannot be answered: die, and be replaced.
      (error) => {
        throw error;
      },
      () => this.#quiet(),
    );
  }

  progress(job: number, value: unknown): void {
    this.#tell([WorkerKind.progress, job, value]);
  }

  emit(job: number, name: string, value: unknown): void {
    this.#tell([WorkerKind.emit, job, name, value]);
  }

  taken(job: number, count: number): void {
    this.#tell([WorkerKind.taken, job, count]);
  }

  log(job: number, level: keyof TaskLog, fields: Record<string, unknown>, message: string): void {
    this.#tell([WorkerKind.log, job, level, fields, message]);
  }

  /** A task that computes, hangs or dies lets nothing leave later. */
  #tell(message: WorkerMessage): void {
    this.#outbox.push(message);
    if (this.#pace.allows(this.#now())) this.#outbox.flush();
    else this.#flushSoon();
  }

  /** Only what a task made can be unfit to travel: its result becomes its error. */
  #unsendable(message: WorkerMessage, error: Error): void {
    switch (message[0]) {
      case WorkerKind.result:
      case WorkerKind.error:
        this.#outbox.push([WorkerKind.error, message[1], recordOf(error), message[3]]);
        break;
      case WorkerKind.chunk:
        this.#pending.get(message[1])?.streaming?.fail(error);
        break;
      case WorkerKind.progress:
      case WorkerKind.emit:
      case WorkerKind.log: {
        const fields = { error: recordOf(error) };
        this.log(message[1], 'warn', fields, 'what the task told could not travel');
        break;
      }
      default:
    }
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
      if (message[0] === HostKind.run) this.#queue.push(message);
      else this.#heed(message);
    }
  }

  /** All that was sent by now has been read. */
  #quiet(): void {
    const isFull = this.#pending.size >= this.#concurrency;
    if (this.#busy || this.#resting || isFull) this.#outbox.flush();
    else this.#takeTurn();
  }

  #heed(message: Exclude<HostMessage, RunMessage>): void {
    switch (message[0]) {
      case HostKind.cancel:
        this.#cancel(message);
        break;
      case HostKind.close:
        this.#closing = true;
        this.#stays = message[1] === 1;
        break;
      case HostKind.revoke:
        this.#revoke(message[1]);
        break;
      case HostKind.ping:
        this.#outbox.push([WorkerKind.pong, message[1]]);
        break;
      case HostKind.message:
      case HostKind.credit:
        this.#forward(message);
        break;
      default:
        message satisfies never;
        throw new Error(`unknown message kind ${String((message as HostMessage)[0])}`);
    }
  }

  #cancel([, job, reason]: CancelMessage): void {
    const pending = this.#pending.get(job);
    if (pending !== undefined) {
      pending.context?.abort(receivedError(reason));
      pending.streaming?.end();
      return;
    }
    const at = this.#placeOf(job);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#early.delete(job);
    this.#outbox.push([WorkerKind.error, job, reason, NEVER_RAN]);
  }

  /** Where a job waits; negative when it does not. */
  #placeOf(job: number): number {
    for (let i = this.#head; i < this.#queue.length; i++) if (this.#queue[i]?.[1] === job) return i;
    return -1;
  }

  #revoke(count: number): void {
    const from = Math.max(this.#head, this.#queue.length - count);
    const jobs = this.#queue.splice(from).map(([, job]) => job);
    for (const job of jobs) this.#early.delete(job);
    this.#outbox.push([WorkerKind.revoked, [...this.#recalled, ...jobs]]);
    this.#recalled = [];
    this.#outbox.flush();
  }

  #forward(message: HostMessage & readonly [unknown, number, unknown]): void {
    const [kind, job, what] = message;
    const pending = this.#pending.get(job);
    if (pending === undefined) {
      if (this.#placeOf(job) >= 0) this.#keepForLater(job, message);
    } else if (kind === HostKind.credit) pending.streaming?.grant(what as number);
    else if (pending.context === undefined) this.taken(job, 1);
    else pending.context.deliver(what);
  }

  #keepForLater(job: number, message: HostMessage): void {
    const early = this.#early.get(job);
    if (early === undefined) this.#early.set(job, [message]);
    else early.push(message);
  }

  #takeTurn(): void {
    this.#resting = false;
    this.#turnEnds = this.#now() + TURN;
    this.#work();
  }

  /** Starts what waits until nothing does, there are as many as may be, or the turn ends. */
  #work(): void {
    this.#busy = true;
    let started = this.#now();
    while (this.#pending.size < this.#concurrency && this.#hasNext()) {
      if (started >= this.#turnEnds) {
        this.#rest();
        return;
      }
      this.#start(this.#queue[this.#head++] as RunMessage, started);
      started = this.#now();
    }
    this.#busy = false;
    this.#lookAtMemory();
    if (this.#closing && this.#pending.size === 0) this.#finish();
    // Earlier results must not wait for a task that waits itself.
    else if (this.#pending.size === 0) this.#outbox.flush();
    else if (this.#outbox.size > 0) this.#flushSoon();
  }

  /** What has come meanwhile is read before results leave, so that more of them leave together. */
  #hasNext(): boolean {
    if (this.#head < this.#queue.length) return true;
    this.#forgetStarted();
    while (this.#queue.length === 0) if (!this.#transport.poll()) return false;
    return true;
  }

  #forgetStarted(): void {
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** Lets the event loop turn: messages are read, timers fire, results leave. */
  #rest(): void {
    this.#busy = false;
    this.#resting = true;
    this.#lookAtMemory();
    this.#forgetStarted();
    this.#outbox.flush();
    setImmediate(() => this.#takeTurn());
  }

  /** Also where there is always more to do: between two turns. */
  #lookAtMemory(): void {
    this.#memory?.look(this.#now(), (heap, external) =>
      this.#outbox.push([WorkerKind.memory, heap, external]),
    );
  }

  /** Runs one task. Answers it if it was synchronous, else when it is through. */
  #start([, job, index, input, flags, info]: RunMessage, started: number): void {
    const task = this.#tasks[index] as LoadedTask;
    this.shared.store(SharedSlot.started, job);
    // In this order: the host writes and looks the other way round, so that one sees the other.
    if (isRecalled(job, this.shared.load(SharedSlot.recalled))) {
      this.#recalled.push(job);
      this.#early.delete(job);
      return;
    }
    const context = task.takesContext
      ? new RunningTask(task.id, job, this, started, info)
      : undefined;
    if ((flags & RunFlag.announce) !== 0) {
      this.#outbox.push([WorkerKind.started, job]);
      this.#outbox.flush();
      // What is ready must not wait for a task that may take long, nor die with it.
    } else if (this.#isLimited || !((this.#longest[index] as number) < TURN)) this.#outbox.flush();
    this.#isLimited = (flags & RunFlag.announce) !== 0;
    try {
      const output = task.run(input, context);
      const elapsed = this.#took(index, started);
      if (isThenable(output)) this.#await(output, job, started, context, flags);
      else if (isGenerator(output)) this.#follow(output, job, started, context, flags);
      else this.#outbox.push([WorkerKind.result, job, output, elapsed]);
    } catch (error) {
      this.#outbox.push([WorkerKind.error, job, sentError(error), this.#took(index, started)]);
    }
    if (this.#early.size > 0) this.#catchUp(job);
  }

  /** Milliseconds since its start, which are remembered of the task. */
  #took(index: number, started: number): number {
    const elapsed = this.#now() - started;
    const remembered = (this.#longest[index] as number) * FADE;
    this.#longest[index] = remembered > elapsed ? remembered : elapsed;
    return elapsed;
  }

  #follow(
    generator: Yielding,
    job: number,
    started: number,
    context: RunningTask | undefined,
    flags: number,
  ): void {
    if ((flags & RunFlag.stream) === 0) {
      const isCancelled = () => context?.cancelled ?? false;
      this.#await(gathered(generator, isCancelled), job, started, context, 0);
      return;
    }
    const streaming = new Streaming(generator, (piece) =>
      this.#tell([WorkerKind.chunk, job, piece]),
    );
    this.#await(streaming.run(), job, started, context, 0, streaming);
  }

  #await(
    doing: PromiseLike<unknown>,
    job: number,
    started: number,
    context: RunningTask | undefined,
    flags: number,
    streaming?: Streaming,
  ): void {
    this.#pending.set(job, { context, streaming });
    Promise.resolve(doing).then(
      (output) => {
        // A task may also promise a generator.
        if (isGenerator(output)) this.#follow(output, job, started, context, flags);
        else this.#settle([WorkerKind.result, job, output, this.#now() - started]);
      },
      (error) => this.#settle([WorkerKind.error, job, sentError(error), this.#now() - started]),
    );
  }

  #settle(message: WorkerMessage & readonly [unknown, number, ...unknown[]]): void {
    this.#pending.get(message[1])?.context?.end();
    this.#pending.delete(message[1]);
    this.#outbox.push(message);
    if (!this.#busy && !this.#resting) this.#work();
  }

  /** What came for a job before it started. */
  #catchUp(job: number): void {
    const early = this.#early.get(job);
    if (early === undefined) return;
    this.#early.delete(job);
    for (const message of early) this.#forward(message as never);
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#outbox.flush();
    if (this.#onClose === undefined) this.#leave();
    else void this.#onClose().then(() => this.#leave());
  }

  #leave(): void {
    this.#outbox.push([WorkerKind.goodbye]);
    this.#outbox.flush();
    if (this.#stays) return;
    this.#transport.close();
    this.#close();
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
