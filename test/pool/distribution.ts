import { taskReference } from '../../src/model/index.ts';
import { Distributor, type DistributorOptions } from '../../src/pool/distributor.ts';
import { JobRecord } from '../../src/pool/job-record.ts';
import type { SessionLink } from '../../src/pool/session-link.ts';
import { TaskTable } from '../../src/pool/task-table.ts';
import type { Job } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';

/** A worker's link that only notes what it is given. */
export class FakeLink {
  open = true;
  load = 0;
  credit: number;
  readonly worker: string;
  readonly records: JobRecord[] = [];

  constructor(worker: string, credit: number) {
    this.worker = worker;
    this.credit = credit;
  }

  get inFlight(): number {
    return this.records.length;
  }

  accepts(): boolean {
    return this.records.length < this.credit;
  }

  assign(record: JobRecord): void {
    this.records.push(record);
    this.load++;
  }

  flush(): void {}

  overhear(): boolean {
    return false;
  }

  /** Ends what it was given first. */
  end(): JobRecord | undefined {
    this.load--;
    return this.records.shift();
  }
}

/** A distributor on a clock in the test's hand, with workers that hold so many jobs each. */
export function distribute(options: DistributorOptions, ...credits: number[]) {
  const clock = new VirtualClock();
  const tasks = new TaskTable();
  tasks.announce([
    ['m.a', 0, 0],
    ['m.b', 0, 0],
  ]);
  const refused: [record: JobRecord, error: Error][] = [];
  const refuse = (record: JobRecord, error: Error) => void refused.push([record, error]);
  const distributor = new Distributor({ clock, tasks, refuse }, options);
  const links = credits.map((credit, index) => new FakeLink(`worker-${index + 1}`, credit));
  for (const link of links) distributor.links.add(link as unknown as SessionLink);
  const add = (traits: Partial<Job> & { task?: never; name?: string } = {}): JobRecord => {
    const { name = 'a', ...job } = traits;
    const record = new JobRecord({ ...PLAIN, ...job, task: taskReference('m', name) }, clock.now());
    distributor.add(record);
    return record;
  };
  return { clock, distributor, links, add, refused };
}

const PLAIN: Omit<Job, 'task'> = {
  input: undefined,
  priority: 0,
  executionId: 'e',
  ticket: undefined,
  timeout: 0,
  succeeded: () => {},
  failed: () => {},
  progressed: () => {},
};
