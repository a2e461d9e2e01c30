import type { DurationSummary } from './histogram.ts';
import type { SessionLink } from './session-link.ts';
import { WorkerUsage } from './worker-usage.ts';

/** What a pool, or one of its workers, has done and has to do. */
export interface Usage {
  /** Tasks sent to a worker and not answered. */
  readonly inFlight: number;
  /** Tasks that gave a result. */
  readonly done: number;
  /** Tasks that threw, or whose worker ended under them. */
  readonly failed: number;
  /** Milliseconds from start to end, as the workers measured them; about, of those that ended them. */
  readonly run: DurationSummary;
  /** Milliseconds from dispatch to start, those on the way to the worker included. */
  readonly wait: DurationSummary;
  /** The share of its time that was spent in tasks; above 1 where tasks wait side by side. */
  readonly utilisation: number;
  /** Threads that ended and were replaced, or are to be. */
  readonly restarts: number;
}

export interface WorkerStats extends Usage {
  readonly worker: string;
  /** Milliseconds since its present thread was opened. */
  readonly age: number;
}

export interface PoolStats extends Usage {
  /** Tasks that wait for a worker. */
  readonly queued: number;
  /** Threads that were ended and live on, inside a native synchronous call. */
  readonly zombies: number;
  readonly workers: readonly WorkerStats[];
}

/** Keeps what workers did whose threads are gone. */
export class PoolAccounts {
  readonly #restarts = new Map<string, number>();
  readonly #past: WorkerUsage;
  #pastTime = 0;

  constructor(now: number) {
    this.#past = new WorkerUsage(now);
  }

  /** A thread has ended; in order, or not. */
  close({ worker, usage }: SessionLink, now: number, isReplaced: boolean): void {
    this.#past.add(usage);
    this.#pastTime += now - usage.since;
    if (isReplaced) this.#restarts.set(worker, (this.#restarts.get(worker) ?? 0) + 1);
  }

  /** @param now monotonic milliseconds */
  stats(
    links: readonly SessionLink[],
    now: number,
    { queued, zombies }: Pick<PoolStats, 'queued' | 'zombies'>,
  ): PoolStats {
    const total = new WorkerUsage(now);
    total.add(this.#past);
    let time = this.#pastTime;
    let inFlight = 0;
    for (const link of links) {
      total.add(link.usage);
      time += now - link.usage.since;
      inFlight += link.inFlight;
    }
    const restarts = [...this.#restarts.values()].reduce((sum, count) => sum + count, 0);
    return {
      queued,
      zombies,
      ...usageOf(total, { inFlight, restarts, time }),
      workers: links.map((link) => this.#workerStats(link, now)),
    };
  }

  #workerStats({ worker, usage, inFlight }: SessionLink, now: number): WorkerStats {
    const age = now - usage.since;
    const restarts = this.#restarts.get(worker) ?? 0;
    return { worker, age, ...usageOf(usage, { inFlight, restarts, time: age }) };
  }
}

function usageOf(
  { done, failed, busy, runs, waits }: WorkerUsage,
  { inFlight, restarts, time }: { inFlight: number; restarts: number; time: number },
): Usage {
  const utilisation = time > 0 ? busy / time : 0;
  const [run, wait] = [runs.summary(), waits.summary()];
  return { inFlight, done, failed, run, wait, utilisation, restarts };
}
