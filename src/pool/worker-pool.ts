import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import {
  type HelloMessage,
  type HostMessage,
  messagePortTransport,
  PROTOCOL_VERSION,
  SharedSlot,
  type WorkerMessage,
} from '../ipc/index.ts';
import {
  type ExitReason,
  messageOf,
  NORMAL,
  recordOf,
  SHUTDOWN,
  type TaskModuleSource,
  TroupeError,
  taskNotFound,
} from '../model/index.ts';
import type {
  Clock,
  Dispatcher,
  EventSink,
  Job,
  Logger,
  Thread,
  ThreadHost,
  ThreadListener,
} from '../ports/index.ts';
import { ReadyQueue } from '../schedule/index.ts';
import { exitReasonFrom } from './exit-errors.ts';
import { JobRecord } from './job-record.ts';
import { type LinkHost, SessionLink } from './session-link.ts';
import { TaskTable } from './task-table.ts';
import { ThreadCensus } from './thread-census.ts';

/** As Node's `Worker` takes them. They bound the JavaScript heap, not the memory of buffers. */
export interface ThreadLimits {
  /** MiB of the heap in which objects live that have outlasted a collection. */
  readonly maxOldGenerationSizeMb?: number;
  /** MiB of the heap in which objects are born. */
  readonly maxYoungGenerationSizeMb?: number;
  readonly stackSizeMb?: number;
}

export interface WorkerPoolOptions {
  /** How many threads there are. */
  readonly threads: number;
  /** What every thread loads, in this order. */
  readonly modules: readonly TaskModuleSource[];
  /** Heap limits of each thread. */
  readonly resourceLimits?: ThreadLimits;
  readonly clock: Clock;
  readonly sink: EventSink;
  readonly logger: Logger;
}

/** How long a worker's event loop has not turned, as far as it was looked at. */
export interface WorkerSilence {
  readonly worker: string;
  /** Milliseconds between the first and the last look that found it so. */
  readonly silence: number;
}

/**
 * Where a thread begins. From TypeScript source it has to learn TypeScript first; see the entry.
 * A URL, not an import: the code of a thread must never be loaded here.
 */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../worker/source-entry.mjs' : '../worker/entry.js',
  import.meta.url,
);

/**
 * Performs jobs on threads that Piscina owns, each of which runs one never-ending session. Jobs
 * wait here, never in Piscina, and go out in batches to the least loaded worker that has credit.
 */
export class WorkerPool implements Dispatcher, ThreadHost, LinkHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tasks = new TaskTable();
  readonly #options: WorkerPoolOptions;
  readonly #piscina: Piscina;
  readonly #queue = new ReadyQueue<JobRecord>();
  readonly #links = new Set<SessionLink>();
  readonly #threads: ThreadCensus;
  #pumpScheduled = false;
  /** When the jobs of this turn came: the time is not asked for each. */
  #turnBegan = 0;
  #destroyed = false;
  #closed: TroupeError | undefined;
  #awaited: number;
  #settleReady: (error?: Error) => void = () => {};
  /** Settles when every thread has said hello for the first time, or one could not. */
  readonly ready: Promise<void>;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.logger = options.logger;
    this.#awaited = options.threads;
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever never asks for it must not be hit by its rejection.
    this.ready.catch(() => {});
    this.#piscina = new Piscina({
      filename: ENTRY.href,
      minThreads: options.threads,
      maxThreads: options.threads,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled',
      recordTiming: false,
      stricterFIFO: true,
      ...(options.resourceLimits && { resourceLimits: options.resourceLimits }),
    });
    this.#threads = new ThreadCensus(this.#piscina);
    // Without a listener, an error in a thread between two sessions would end the process.
    this.#piscina.on('error', (error) => {
      this.logger.error({ error: recordOf(error) }, 'a thread failed outside its session');
    });
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Threads that were ended and live on, inside a native synchronous call. */
  get zombies(): number {
    return this.#threads.zombies;
  }

  /** Milliseconds that the oldest job in the queue has waited; 0 when none does. */
  get longestWait(): number {
    const oldest = this.#queue.firstOfEach(({ settled }) => !settled);
    const now = this.clock.now();
    return oldest.reduce((longest, { since }) => Math.max(longest, now - since), 0);
  }

  /** How long each worker has given no sign of life, in milliseconds. */
  get silences(): readonly WorkerSilence[] {
    const greeted = [...this.#links].filter((link) => link.greeted);
    return greeted.map((link) => ({ worker: link.worker, silence: link.silence }));
  }

  dispatch(job: Job): void {
    if (this.#closed !== undefined) {
      job.failed(this.#closed);
      return;
    }
    if (!this.#pumpScheduled) this.#turnBegan = this.clock.now();
    const record = new JobRecord(job, this.#turnBegan);
    job.ticket = record;
    this.#queue.push(job.priority, record);
    this.#pumpSoon();
  }

  cancel(job: Job, error: Error): void {
    const record = job.ticket;
    if (!(record instanceof JobRecord) || record.settled) return;
    if (record.number === 0) {
      // It stays in the queue and is passed over there: taking it out would cost a search.
      record.fail(error);
      return;
    }
    for (const link of this.#links) {
      if (link.holds(record)) link.cancel(record, error);
    }
  }

  open(worker: string, listener: ThreadListener): Thread {
    const { port1, port2 } = new MessageChannel();
    const shared = new Int32Array(new SharedArrayBuffer(SharedSlot.length * 4));
    const transport = messagePortTransport<HostMessage, WorkerMessage>(port1);
    const link = new SessionLink(worker, listener, transport, shared, this);
    this.#links.add(link);
    const controller = new AbortController();
    let killed: ExitReason | undefined;
    this.#piscina
      .run(
        { port: port2, modules: this.#options.modules, shared },
        { transferList: [port2], signal: controller.signal },
      )
      .then(
        () => this.#ended(link, killed),
        (error: unknown) => this.#ended(link, killed ?? this.#reasonFrom(error)),
      );
    return {
      drain: () => link.drain(),
      kill: (reason) => {
        killed ??= reason;
        controller.abort();
      },
    };
  }

  greeted(link: SessionLink, [, version, tasks]: HelloMessage): void {
    if (version !== PROTOCOL_VERSION) {
      const spoken = `speaks protocol ${String(version)}, not ${PROTOCOL_VERSION}`;
      throw new TroupeError('HandshakeFailed', `worker ${link.worker} ${spoken}`);
    }
    this.tasks.announce(tasks);
    link.open = true;
    link.greeted = true;
    if (--this.#awaited === 0) this.#settleReady();
    const time = this.clock.wallTime();
    this.#options.sink.publish({ type: 'worker.ready', worker: link.worker, time });
    this.logger.debug({ worker: link.worker }, 'worker ready');
    link.listener.ready();
    this.#pumpSoon();
  }

  refused(_link: SessionLink, error: Error): void {
    this.#settleReady(error);
  }

  relieved(): void {
    this.#pump();
  }

  broken(link: SessionLink, error: TroupeError): void {
    this.logger.error({ worker: link.worker, error: recordOf(error) }, error.message);
    link.open = false;
    link.listener.broken(error);
  }

  /** Takes no more jobs and fails those that wait; those that run are not touched. */
  close(error = new TroupeError('PoolClosed', 'the pool is closed')): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#settleReady(error);
    for (let record = this.#queue.shift(); record; record = this.#queue.shift()) record.fail(error);
  }

  /**
   * Ends the threads; their sessions should have ended before. Resolves when all are gone, also
   * those that were ended long ago: one inside a native synchronous call makes it wait.
   */
  async destroy(): Promise<void> {
    this.close();
    this.#destroyed = true;
    const gone = this.#threads.gone();
    await this.#piscina.destroy();
    await gone;
  }

  #ended(link: SessionLink, given: ExitReason | undefined): void {
    this.#links.delete(link);
    // What the session said before its end may still lie in the port: hear it out first.
    const untouched = link.bury(given ?? NORMAL);
    for (const record of untouched.reverse()) {
      record.number = 0;
      if (this.#closed !== undefined) record.fail(this.#closed);
      else this.#queue.unshift(record.job.priority, record);
    }
    const reason = this.#reasonOf(link, given);
    if (reason.kind === 'handshake_failed') this.#settleReady(reason.error as TroupeError);
    this.#tellExit(link.worker, reason);
    link.listener.exited(reason);
    this.#pumpSoon();
  }

  /** A thread that Piscina ends because we asked it to did not fail. */
  #reasonFrom(error: unknown): ExitReason {
    return this.#destroyed ? SHUTDOWN : exitReasonFrom(error);
  }

  /** A session's end is in order only after its goodbye: a late `throw null` resolves, too. */
  #reasonOf(link: SessionLink, given: ExitReason | undefined): ExitReason {
    const { saidGoodbye, greeted, refusal, worker } = link;
    if (refusal !== undefined) return { kind: 'handshake_failed', error: refusal };
    if (given?.kind === 'shutdown') return given;
    if (!greeted)
      return { kind: 'handshake_failed', error: noHandshake(worker, given, this.#options.modules) };
    return given ?? (saidGoodbye ? NORMAL : { kind: 'error' });
  }

  #tellExit(worker: string, { kind, error }: ExitReason): void {
    const time = this.clock.wallTime();
    const cause = error === undefined ? {} : { error: recordOf(error) };
    this.#options.sink.publish({ type: 'worker.exited', worker, reason: kind, ...cause, time });
    if (kind === 'normal' || kind === 'shutdown')
      this.logger.debug({ worker, reason: kind }, 'worker stopped');
    else
      this.logger.warn(
        { worker, reason: kind, ...cause },
        `worker died: ${messageOf(error ?? kind)}`,
      );
  }

  /** Once for all jobs that arrive in this turn, so that they travel together. */
  #pumpSoon(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    queueMicrotask(() => {
      this.#pumpScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#queue.size > 0) {
      const link = this.#leastLoaded();
      if (link === undefined || !this.#fill(link)) break;
    }
    for (const link of this.#links) link.flush();
  }

  /** Gives a worker its share of what waits; false when it has no credit for the first of it. */
  #fill(link: SessionLink): boolean {
    const share = Math.ceil(this.#queue.size / this.#links.size);
    for (let given = 0; given < share; given++) {
      const record = this.#queue.peek();
      if (record === undefined) return true;
      if (record.settled) {
        this.#queue.shift();
        continue;
      }
      const { id } = record.job.task;
      const task = this.tasks.get(id);
      if (task === undefined) {
        this.#queue.shift();
        record.fail(taskNotFound(id, this.tasks.ids));
        continue;
      }
      if (!link.accepts(task.estimate.milliseconds)) return given > 0;
      this.#queue.shift();
      link.assign(record, task);
    }
    return true;
  }

  #leastLoaded(): SessionLink | undefined {
    let best: SessionLink | undefined;
    for (const link of this.#links) {
      if (!link.open) continue;
      if (best === undefined || link.load < best.load) best = link;
    }
    return best;
  }
}

function noHandshake(
  worker: string,
  given: ExitReason | undefined,
  sources: readonly TaskModuleSource[],
): TroupeError {
  const modules = sources.map(({ name }) => name);
  const cause = given?.error;
  const why = cause === undefined ? 'it did not say hello in time' : messageOf(cause);
  const message = `${worker} ended before it could take tasks, while it loaded ${modules.join(', ')}: ${why}`;
  return new TroupeError('HandshakeFailed', message, {
    ...(cause !== undefined && { cause }),
    details: { worker, modules },
  });
}
