import { Histogram } from './histogram.ts';

/** What one worker has done since it was opened. */
export class WorkerUsage {
  /** Monotonic milliseconds. */
  readonly since: number;
  done = 0;
  failed = 0;
  /** Milliseconds in tasks; of tasks that wait side by side, the sum. */
  busy = 0;
  readonly runs = new Histogram();
  readonly waits = new Histogram();

  constructor(since: number) {
    this.since = since;
  }

  /** Adds all that another one has done. */
  add(other: WorkerUsage): void {
    this.done += other.done;
    this.failed += other.failed;
    this.busy += other.busy;
    this.runs.add(other.runs);
    this.waits.add(other.waits);
  }

  /** A task that ran for so long has been answered, and had waited for so long before. */
  observe(elapsed: number, waited: number): void {
    this.busy += elapsed;
    this.runs.record(elapsed);
    this.waits.record(waited);
  }
}
