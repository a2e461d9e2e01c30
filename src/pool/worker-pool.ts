import { availableParallelism } from 'node:os';
import { type HelloMessage, PROTOCOL_VERSION } from '../ipc/index.ts';
import {
  type ExitReason,
  messageOf,
  NORMAL,
  recordOf,
  SHUTDOWN,
  TroupeError,
} from '../model/index.ts';
import type {
  Clock,
  Dispatcher,
  Job,
  Logger,
  Thread,
  ThreadHost,
  ThreadListener,
} from '../ports/index.ts';
import type { Carrier, SessionSettings } from './carrier.ts';
import { Distributor, type DistributorHost } from './distributor.ts';
import { noHandshake } from './exit-errors.ts';
import { HangWatch } from './hang-watch.ts';
import { JobRecord } from './job-record.ts';
import type { LinkHost, RecycleOptions, WornReason } from './link-host.ts';
import type { WorkerPoolOptions } from './pool-options.ts';
import { PoolAccounts, type PoolStats } from './pool-stats.ts';
import { SessionLink } from './session-link.ts';
import { Spares } from './spares.ts';
import { Talk, takesNoMessages } from './talk.ts';
import { type KnownTask, TaskTable } from './task-table.ts';
import { ThreadCarrier } from './thread-carrier.ts';

/** How long a worker's event loop has not turned, as far as it was looked at. */
export interface WorkerSilence {
  readonly worker: string;
  /** Milliseconds between the first and the last look that found it so. */
  readonly silence: number;
}

/**
 * Performs jobs in sessions, each of which has a thread of its own, or whatever the carrier opens. Jobs
 * wait here, never there, and go out in batches to the least loaded worker that has credit.
 */
export class WorkerPool implements Dispatcher, ThreadHost, LinkHost, DistributorHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tasks = new TaskTable();
  readonly recycle: RecycleOptions;
  readonly patience: number | undefined;
  readonly #options: WorkerPoolOptions;
  readonly #carrier: Carrier;
  readonly #spares: Spares;
  readonly #settings: SessionSettings;
  readonly #distributor: Distributor;
  readonly #links: Set<SessionLink>;
  readonly #accounts: PoolAccounts;
  readonly #hangs?: HangWatch;
  #destroyed = false;
  #closed: TroupeError | undefined;
  #awaited: number;
  #settleReady: (error?: Error) => void = () => {};
  /** Settles when every thread has said hello for the first time, or one could not. */
  readonly ready: Promise<void>;

  /** There is to be one more worker when a job has waited for long: what waits at a blocked one counts. */
  mayGrow = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.logger = options.logger;
    this.recycle = options.recycle ?? {};
    this.patience = options.patience;
    this.#distributor = new Distributor(this, options);
    this.#links = this.#distributor.links;
    const { hangTimeout } = options;
    if (hangTimeout !== undefined) {
      this.#hangs = new HangWatch(this.clock, this.#links, hangTimeout);
    }
    this.#awaited = options.threads;
    this.#accounts = new PoolAccounts(this.clock.now());
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever never asks for it must not be hit by its rejection.
    this.ready.catch(() => {});
    const { modules, concurrency = 1, values } = options;
    const memory = memoryLimits(this.recycle);
    this.#settings = { modules, concurrency, values, ...(memory && { memory }) };
    this.#carrier = options.carrier ?? new ThreadCarrier(options, this.logger);
    this.#spares = new Spares(this.#carrier);
  }

  /** What it does, and has done since it was made. */
  stats(): PoolStats {
    const { queued, zombies } = this;
    return this.#accounts.stats([...this.#links], this.clock.now(), { queued, zombies });
  }

  get queued(): number {
    return this.#distributor.queued;
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  waiting(): Iterable<Job> {
    return this.#distributor.waiting();
  }

  /** Threads that were ended and live on, inside a native synchronous call. */
  get zombies(): number {
    return this.#carrier.zombies;
  }

  /** Milliseconds that the oldest job in the queue has waited; 0 when none does. */
  get longestWait(): number {
    return this.#distributor.longestWait;
  }

  /** Tasks that a worker was sent and has not answered. */
  inFlight(worker: string): number {
    return this.#linkOf(worker)?.inFlight ?? 0;
  }

  /** Tasks that a worker's present thread has answered. */
  answered(worker: string): number {
    return this.#linkOf(worker)?.usage.runs.count ?? 0;
  }

  #linkOf(worker: string): SessionLink | undefined {
    for (const link of this.#links) if (link.worker === worker) return link;
    return undefined;
  }

  /** How long each worker has given no sign of life, in milliseconds. */
  get silences(): readonly WorkerSilence[] {
    const greeted = [...this.#links].filter((link) => link.greeted);
    return greeted.map((link) => ({ worker: link.worker, silence: link.pulse.silence }));
  }

  dispatch(job: Job): void {
    if (this.#closed !== undefined) {
      job.failed(this.#closed);
      return;
    }
    const record = new JobRecord(job, this.#distributor.arrival);
    job.ticket = record;
    if (job.queueTimeout !== undefined) this.#limitWait(record, job.queueTimeout);
    this.#distributor.add(record);
  }

  /**
   * Gives each worker that takes tasks one of its own, past the queue.
   *
   * @param jobOf makes the job of a worker; its task must be known
   * @throws TroupeError `PoolClosed`
   */
  broadcast(jobOf: (worker: string) => Job): void {
    if (this.#closed !== undefined) throw this.#closed;
    const now = this.clock.now();
    for (const link of this.#links) {
      if (!link.open) continue;
      const job = jobOf(link.worker);
      const record = new JobRecord(job, now);
      job.ticket = record;
      record.isBound = true;
      link.assign(record, this.tasks.get(job.task.id) as KnownTask);
      link.flush();
    }
  }

  cancel(job: Job, error: Error): void {
    const record = job.ticket;
    if (!(record instanceof JobRecord) || record.settled) return;
    if (record.number === 0) {
      this.#distributor.remove(record);
      this.refuse(record, error);
      return;
    }
    for (const link of this.#links) {
      if (link.holds(record)) link.cancel(record, error);
    }
  }

  /** A record that a worker holds; nothing for one that waits or has settled. */
  #held(job: Job): { readonly link: SessionLink; readonly record: JobRecord } | undefined {
    const record = job.ticket;
    if (!(record instanceof JobRecord) || record.settled || record.number === 0) return undefined;
    for (const link of this.#links) if (link.holds(record)) return { link, record };
    return undefined;
  }

  async message(job: Job, value: unknown): Promise<void> {
    const { id } = job.task;
    const talk = this.#talkOf(job);
    if (talk !== undefined && this.tasks.get(id)?.takesContext === false) throw takesNoMessages(id);
    if (talk === undefined) {
      throw new TroupeError('InvalidState', `task ${id} has ended`, { details: { task: id } });
    }
    const sent = talk.push(value);
    this.#held(job)?.link.flush();
    await sent;
  }

  credit(job: Job, pieces: number): void {
    this.#talkOf(job)?.grant(pieces);
    this.#held(job)?.link.flush();
  }

  #talkOf(job: Job): Talk | undefined {
    const record = job.ticket;
    if (!(record instanceof JobRecord) || record.settled) return undefined;
    if (record.talk === undefined) {
      record.talk = new Talk();
      this.#held(job)?.link.begin(record);
    }
    return record.talk;
  }

  refuse(record: JobRecord, error: Error): void {
    if (record.timer !== undefined) this.clock.clearTimeout(record.timer);
    record.timer = undefined;
    record.fail(error);
  }

  #limitWait(record: JobRecord, limit: number): void {
    record.timer = this.clock.setTimeout(() => {
      record.timer = undefined;
      const { id } = record.job.task;
      const message = `task ${id} waited longer than ${limit} ms for a worker`;
      const details = { task: id, queueTimeout: limit };
      const error = new TroupeError('QueueTimeout', message, { details });
      // One that has started by now has not waited too long: its message is under way.
      if (this.#held(record.job)?.link.hasStarted(record) !== true) this.cancel(record.job, error);
    }, limit);
  }

  returned(records: readonly JobRecord[]): void {
    const closed = this.#closed;
    if (closed === undefined) this.#distributor.giveBack(records);
    else for (const record of records) this.refuse(record, closed);
  }

  released(key: string): void {
    this.#distributor.release(key);
  }

  worn(link: SessionLink, why: WornReason): void {
    if (!link.open) return;
    link.open = false;
    this.logger.debug({ worker: link.worker, why }, 'worker is to be replaced');
    link.listener.worn();
  }

  open(worker: string, listener: ThreadListener): Thread {
    let killed: ExitReason | undefined;
    const { transport, shared, kill } = this.#spares.open(this.#settings, (reason) =>
      this.#ended(link, killed ?? this.#reasonFrom(link, reason)),
    );
    const link = new SessionLink(worker, listener, transport, shared, this);
    this.#links.add(link);
    return {
      drain: () => link.drain(),
      retire: () => link.retire(kill),
      kill: (reason) => {
        if (killed === undefined && link.isParting) this.#tellCut(link.worker);
        killed ??= reason;
        kill();
      },
    };
  }

  prepare(): boolean {
    // With no core to itself it would take its time from the tasks beside the one that hangs.
    const { cores = availableParallelism() } = this.#options;
    if (this.#closed !== undefined || this.#links.size >= cores) return false;
    this.#spares.prepare(this.#settings);
    return true;
  }

  standDown(): void {
    this.#spares.standDown();
  }

  greeted(link: SessionLink, [, version, tasks]: HelloMessage): void {
    if (version !== PROTOCOL_VERSION) {
      const spoken = `speaks protocol ${String(version)}, not ${PROTOCOL_VERSION}`;
      throw new TroupeError('HandshakeFailed', `worker ${link.worker} ${spoken}`);
    }
    this.tasks.announce(tasks);
    link.open = true;
    link.greeted = true;
    // Until then it had no event loop that could turn.
    link.pulse.forgive();
    if (--this.#awaited === 0) this.#settleReady();
    const time = this.clock.wallTime();
    this.#options.sink.publish({ type: 'worker.ready', worker: link.worker, time });
    this.logger.debug({ worker: link.worker }, 'worker ready');
    link.listener.ready();
    this.#hangs?.watch();
    this.#distributor.pumpSoon();
  }

  refused(_link: SessionLink, error: Error): void {
    this.#settleReady(error);
  }

  relieved(): void {
    // What the others have answered by now lets more jobs travel together.
    for (const link of this.#links) link.hear();
    this.#distributor.pump();
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
    for (const record of this.#distributor.clear()) this.refuse(record, error);
  }

  /**
   * Ends the threads; their sessions should have ended before. Resolves when all are gone, also
   * those that were ended long ago: one inside a native synchronous call makes it wait.
   */
  async destroy(): Promise<void> {
    this.close();
    this.#destroyed = true;
    this.#hangs?.stop();
    await this.#carrier.destroy();
    this.#distributor.stop();
  }

  #ended(link: SessionLink, given: ExitReason | undefined): void {
    this.#links.delete(link);
    // What the session said before its end may still lie in the port: hear it out first.
    const untouched = link.bury(given ?? NORMAL);
    this.returned(untouched);
    const reason = this.#reasonOf(link, given);
    const isOrderly = link.isLeaving && reason.kind === 'normal';
    const isReplaced = !this.#destroyed && !isOrderly && reason.kind !== 'shutdown';
    this.#accounts.close(link, this.clock.now(), isReplaced);
    if (reason.kind === 'handshake_failed') this.#settleReady(reason.error as TroupeError);
    this.#tellExit(link.worker, reason);
    link.listener.exited(reason);
    this.#distributor.pumpSoon();
  }

  /** One that ends because we asked it to did not fail. */
  #reasonFrom(link: SessionLink, reason: ExitReason | undefined): ExitReason | undefined {
    if (reason === undefined) return undefined;
    if (link.saidGoodbye) return NORMAL;
    if (this.#destroyed) return SHUTDOWN;
    return link.lastWords === undefined ? reason : { kind: 'error', error: link.lastWords };
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

  #tellCut(worker: string): void {
    const hook = 'onWorkerStop';
    this.logger.warn(
      { worker, hook },
      `${hook} of ${worker} has not ended in time: its thread is killed`,
    );
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
}

/** What the thread has to watch, if anything. */
function memoryLimits({ heap, external }: RecycleOptions): SessionSettings['memory'] {
  return heap === undefined && external === undefined ? undefined : { heap, external };
}
