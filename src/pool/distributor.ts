import { taskNotFound } from '../model/index.ts';
import type { Clock, Job, TimerHandle } from '../ports/index.ts';
import { DispatchQueue, type DispatchQueueOptions } from '../schedule/index.ts';
import type { JobRecord } from './job-record.ts';
import { Rebalance } from './rebalance.ts';
import type { SessionLink } from './session-link.ts';
import type { TaskTable } from './task-table.ts';

/** What a distributor needs of its pool. */
export interface DistributorHost {
  readonly clock: Clock;
  readonly tasks: TaskTable;
  /** Fails a job that no worker has. */
  refuse(record: JobRecord, error: Error): void;
}

export interface DistributorOptions {
  /** Who goes first, and what holds whom back. @default every option's own */
  readonly schedule?: DispatchQueueOptions;
}

/** Where jobs wait, and how they come to workers: in batches, to the least loaded that has credit. */
export class Distributor {
  readonly links = new Set<SessionLink>();
  readonly #host: DistributorHost;
  readonly #queue: DispatchQueue<JobRecord>;
  readonly #rebalance: Rebalance;
  #pumpScheduled = false;
  /** When the jobs of this turn came: the time is not asked for each. */
  #turnBegan = 0;
  /** Set while a rate holds back what waits. */
  #wakeTimer: TimerHandle | undefined;

  /** @throws TroupeError `InvalidOption` */
  constructor(host: DistributorHost, { schedule }: DistributorOptions) {
    this.#host = host;
    this.#queue = new DispatchQueue(schedule);
    this.#rebalance = new Rebalance(host.clock, this.links);
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Milliseconds that the oldest job has waited; 0 when none does. */
  get longestWait(): number {
    return this.#queue.longestWait(this.#host.clock.now());
  }

  /** The jobs that no worker was given: the lowest priority first, and of one what came last. */
  *waiting(): Generator<Job> {
    for (const { job } of this.#queue.newestFirst()) yield job;
  }

  /** When a job that comes now came. */
  get arrival(): number {
    if (!this.#pumpScheduled) this.#turnBegan = this.#host.clock.now();
    return this.#turnBegan;
  }

  /** Takes a job in; one that cannot be taken is refused. */
  add(record: JobRecord): void {
    try {
      this.#queue.push(record);
    } catch (error) {
      this.#host.refuse(record, error as Error);
      return;
    }
    this.pumpSoon();
  }

  /** Takes back jobs that were sent and did not start, in the order in which they were sent. */
  giveBack(records: readonly JobRecord[]): void {
    for (const record of records.toReversed()) this.#queue.giveBack(record, record.taken);
    this.pumpSoon();
  }

  remove(record: JobRecord): void {
    this.#queue.remove(record);
  }

  /** A job with a key has left its worker, and does not come back. */
  release(key: string): void {
    this.#queue.release(key);
  }

  /** Takes out all that waits. */
  clear(): JobRecord[] {
    this.#stopWaking();
    this.#rebalance.stop();
    return this.#queue.clear();
  }

  /** Once for all jobs that arrive in this turn, so that they travel together. */
  pumpSoon(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    queueMicrotask(() => {
      this.#pumpScheduled = false;
      this.pump();
    });
  }

  /** Gives out what may go, as far as there is credit. */
  pump(): void {
    const queue = this.#queue;
    const now = queue.isTimed ? this.#host.clock.now() : 0;
    while (queue.size > 0) {
      const link = this.#leastLoaded();
      if (link === undefined || !this.#fill(link, now)) break;
    }
    for (const link of this.links) link.flush();
    if (queue.isTimed || this.#wakeTimer !== undefined) this.#wakeLater();
    this.#rebalance.watch();
  }

  /** Gives a worker its share of what waits; false when it has no credit for it, or nothing may go. */
  #fill(link: SessionLink, now: number): boolean {
    const share = Math.ceil(this.#queue.size / this.links.size);
    for (let given = 0; given < share; given++) {
      const record = this.#queue.peek(now);
      if (record === undefined) return false;
      const { id } = record.job.task;
      const task = this.#host.tasks.get(id);
      if (task === undefined) {
        this.#queue.remove(record);
        this.#host.refuse(record, taskNotFound(id, this.#host.tasks.ids));
        continue;
      }
      if (!link.accepts(task.estimate.milliseconds)) return given > 0;
      this.#queue.shift(now);
      if (now > 0) record.taken = now;
      link.assign(record, task);
    }
    return true;
  }

  #leastLoaded(): SessionLink | undefined {
    let best: SessionLink | undefined;
    for (const link of this.links) {
      if (!link.open || link.isStalled) continue;
      if (best === undefined || link.load < best.load) best = link;
    }
    return best;
  }

  /** Comes back when the first rate lets something go; for all else somebody else does. */
  #wakeLater(): void {
    this.#stopWaking();
    if (this.#queue.size === 0) return;
    const { clock } = this.#host;
    const now = clock.now();
    const at = this.#queue.nextAt(now);
    if (at <= now || at === Number.POSITIVE_INFINITY) return;
    this.#wakeTimer = clock.setTimeout(() => {
      this.#wakeTimer = undefined;
      this.pump();
    }, at - now);
  }

  #stopWaking(): void {
    if (this.#wakeTimer !== undefined) this.#host.clock.clearTimeout(this.#wakeTimer);
    this.#wakeTimer = undefined;
  }
}
