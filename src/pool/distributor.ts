import { invalidOption, taskNotFound } from '../model/index.ts';
import type { Job, TimerHandle } from '../ports/index.ts';
import {
  type Balancer,
  DispatchQueue,
  type DispatchQueueOptions,
  leastLoaded,
  WORK_BUDGET,
} from '../schedule/index.ts';
import type { JobRecord } from './job-record.ts';
import { Overhearing } from './overhearing.ts';
import { Rebalance, type RebalanceHost } from './rebalance.ts';
import type { SessionLink } from './session-link.ts';
import type { KnownTask, TaskTable } from './task-table.ts';

/** What a distributor needs of its pool. */
export interface DistributorHost extends RebalanceHost {
  readonly tasks: TaskTable;
  /** Fails a job that no worker has. */
  refuse(record: JobRecord, error: Error): void;
}

export interface DistributorOptions {
  /** Who goes first, and what holds whom back. @default every option's own */
  readonly schedule?: DispatchQueueOptions;
  /** Who gets a job, of the workers that have credit. @default the least loaded */
  readonly balancing?: Balancer | undefined;
}

/** Where jobs wait, and how they come to workers: in batches, to the least loaded that has credit. */
export class Distributor {
  readonly links = new Set<SessionLink>();
  readonly #host: DistributorHost;
  readonly #queue: DispatchQueue<JobRecord>;
  readonly #rebalance: Rebalance;
  readonly #overhearing: Overhearing;
  /** Undefined for the least loaded, which is looked for once for many jobs. */
  readonly #balancer: Balancer | undefined;
  #pumpScheduled = false;
  /** When the jobs of this turn came: the time is not asked for each. */
  #turnBegan = 0;
  /** Set while a rate holds back what waits. */
  #wakeTimer: TimerHandle | undefined;

  /** @throws TroupeError `InvalidOption` */
  constructor(host: DistributorHost, { schedule, balancing }: DistributorOptions) {
    this.#host = host;
    this.#queue = new DispatchQueue(schedule);
    this.#balancer = balancing === leastLoaded ? undefined : balancing;
    this.#rebalance = new Rebalance(host, this.links);
    this.#overhearing = new Overhearing(host.clock, this.links, () => this.pump());
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

  /** Listens no more to what the workers have not sent yet. */
  stop(): void {
    this.#overhearing.stop();
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
    if (this.#balancer === undefined) this.#shareOut(now);
    else this.#balance(this.#balancer, now);
    for (const link of this.links) link.flush();
    if (queue.isTimed || this.#wakeTimer !== undefined) this.#wakeLater(now);
    this.#rebalance.relieve();
    this.#rebalance.watch();
    this.#overhearing.watch();
  }

  #shareOut(now: number): void {
    while (this.#queue.size > 0) {
      const link = this.#leastLoaded();
      if (link === undefined || !this.#fill(link, now)) return;
    }
  }

  /** Gives out job by job. */
  #balance(balancer: Balancer, now: number): void {
    for (let record = this.#queue.peek(now); record; record = this.#queue.peek(now)) {
      const task = this.#taskOf(record);
      if (task === undefined) continue;
      const cost = task.estimate.milliseconds;
      const links = [...this.links].filter((link) => link.accepts(cost));
      if (links.length === 0) return;
      let link: SessionLink;
      try {
        link = chosen(balancer, links, record);
      } catch (error) {
        this.#queue.remove(record);
        this.#host.refuse(record, error as Error);
        continue;
      }
      this.#give(link, record, task, now);
    }
  }

  /** Gives a worker its share of what waits; false when it has no credit for it, or nothing may go. */
  #fill(link: SessionLink, now: number): boolean {
    const share = Math.ceil(this.#queue.size / this.links.size);
    for (let given = 0; given < share; given++) {
      const record = this.#queue.peek(now);
      if (record === undefined) return false;
      const task = this.#taskOf(record);
      if (task === undefined) continue;
      const cost = task.estimate.milliseconds;
      if (!link.accepts(cost)) return given > 0;
      // Before one waits behind another, others may be free for it.
      if (given > 0 && link.load + cost > WORK_BUDGET) return true;
      this.#give(link, record, task, now);
    }
    return true;
  }

  /** What is known of the task of a job; a job of none is refused. */
  #taskOf(record: JobRecord): KnownTask | undefined {
    const { tasks } = this.#host;
    const { taskId } = record;
    const task = tasks.get(taskId);
    if (task !== undefined) return task;
    this.#queue.remove(record);
    this.#host.refuse(record, taskNotFound(taskId, tasks.ids));
    return undefined;
  }

  /** @param record the one that the queue gives next */
  #give(link: SessionLink, record: JobRecord, task: KnownTask, now: number): void {
    this.#queue.shift(now);
    if (now > 0) record.taken = now;
    link.assign(record, task);
  }

  #leastLoaded(): SessionLink | undefined {
    let best: SessionLink | undefined;
    for (const link of this.links) {
      if (!link.open || link.isStalled) continue;
      if (best === undefined || link.load < best.load) best = link;
    }
    return best;
  }

  /**
   * Comes back when the first rate lets something go; for all else somebody else does.
   * @param now when it was looked for what may go: what may go since then nobody has seen
   */
  #wakeLater(now: number): void {
    this.#stopWaking();
    if (this.#queue.size === 0) return;
    const { clock } = this.#host;
    const at = this.#queue.nextAt(now);
    if (at <= now || at === Number.POSITIVE_INFINITY) return;
    const delay = Math.max(0, at - clock.now());
    this.#wakeTimer = clock.setTimeout(() => {
      this.#wakeTimer = undefined;
      this.pump();
    }, delay);
  }

  #stopWaking(): void {
    if (this.#wakeTimer !== undefined) this.#host.clock.clearTimeout(this.#wakeTimer);
    this.#wakeTimer = undefined;
  }
}

/** @throws TroupeError `InvalidOption` for a choice that there was not; whatever the balancer throws */
function chosen(balancer: Balancer, links: readonly SessionLink[], record: JobRecord): SessionLink {
  const choice: unknown = balancer(links, record);
  const link = links.find((each) => each === choice);
  if (link !== undefined) return link;
  throw invalidOption('balancing', 'a function that gives one of the workers', choice);
}
