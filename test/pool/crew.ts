import { MessageChannel } from 'node:worker_threads';
import {
  type HostMessage,
  messagePortTransport,
  sharedSlots,
  type WorkerMessage,
} from '../../src/ipc/index.ts';
import { taskReference } from '../../src/model/index.ts';
import { Distributor } from '../../src/pool/distributor.ts';
import { JobRecord } from '../../src/pool/job-record.ts';
import type { LinkHost } from '../../src/pool/link-host.ts';
import { SessionLink } from '../../src/pool/session-link.ts';
import { TaskTable } from '../../src/pool/task-table.ts';
import type { Job } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { Session } from '../../src/worker/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

/** What came of a job, in the order in which it was told. */
export type Outcome = readonly [input: unknown, how: 'succeeded' | 'failed', what: unknown];

/**
 * Sessions of one task `m.work`, in this very thread, behind real message ports; and a distributor before
 * them, on a clock in the test's hand.
 *
 * @param work what the task does, given its input and the worker that performs it
 * @param options.cost milliseconds that it is thought to take: next to none
 * @param options.mayGrow there would be another worker
 */
export function crew(
  size: number,
  work: (input: never, worker: number) => unknown,
  { cost = 0.05, mayGrow = false } = {},
) {
  const clock = new VirtualClock();
  const tasks = new TaskTable();
  tasks.announce([['m.work', 0, 0]]);
  tasks.get('m.work')?.estimate.observe(cost);
  const refuse = (record: JobRecord, error: Error) => record.fail(error);
  const distributor = new Distributor({ clock, tasks, refuse, mayGrow }, {});
  const faults: Error[] = [];
  const host: LinkHost = {
    clock,
    logger: recordingLogger().logger,
    tasks,
    recycle: {},
    greeted: () => {},
    refused: () => {},
    relieved: () => distributor.pump(),
    broken: (_, error) => void faults.push(error),
    returned: (records) => distributor.giveBack(records),
    released: (key) => distributor.release(key),
    worn: () => {},
  };
  const overdue: string[] = [];
  const ports = Array.from({ length: size }, (_, index) => {
    const { port1, port2 } = new MessageChannel();
    const shared = sharedSlots(1);
    const run = (input: unknown) => work(input as never, index);
    new Session(messagePortTransport<WorkerMessage, HostMessage>(port2), {
      tasks: [{ id: 'm.work', run, takesContext: false, timeout: 0 }],
      shared,
      now: () => 0,
    });
    const worker = `worker-${index + 1}`;
    const listener = {
      overdue: () => void overdue.push(worker),
      yielded: () => void overdue.splice(overdue.indexOf(worker), 1),
      emptied: () => {},
    };
    const transport = messagePortTransport<HostMessage, WorkerMessage>(port1);
    const link = new SessionLink(worker, listener as never, transport, shared, host);
    link.open = true;
    distributor.links.add(link);
    return port1;
  });
  const outcomes: Outcome[] = [];
  const add = (input: unknown, traits: Partial<Job> = {}): JobRecord => {
    const job: Job = {
      task: taskReference('m', 'work'),
      input,
      priority: 0,
      executionId: 'e',
      ticket: undefined,
      timeout: 0,
      succeeded: (output) => void outcomes.push([input, 'succeeded', output]),
      failed: (error) => void outcomes.push([input, 'failed', error]),
      progressed: () => {},
      ...traits,
    };
    const record = new JobRecord(job, clock.now());
    distributor.add(record);
    return record;
  };
  const links = [...distributor.links];
  const close = () => {
    for (const port of ports) port.close();
  };
  return { clock, distributor, links, add, outcomes, faults, overdue, [Symbol.dispose]: close };
}
