import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, sharedSlots, WorkerKind } from '../../src/ipc/index.ts';
import type { WorkerMessage } from '../../src/ipc/protocol.ts';
import { TroupeError } from '../../src/model/index.ts';
import { JobRecord } from '../../src/pool/job-record.ts';
import type { LinkHost } from '../../src/pool/link-host.ts';
import { SessionLink } from '../../src/pool/session-link.ts';
import { TaskTable } from '../../src/pool/task-table.ts';
import type { Job } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const JOBS = 3;

/** A link with jobs under way, to which a session can say whatever it likes, byte by byte. */
function listening() {
  const tasks = new TaskTable();
  tasks.announce([['m.task', 1, 0]]);
  const broken: TroupeError[] = [];
  const outcomes: string[][] = Array.from({ length: JOBS }, () => []);
  const records: JobRecord[] = [];
  const host = {
    clock: new VirtualClock(),
    logger: recordingLogger().logger,
    tasks,
    recycle: {},
    greeted: () => {},
    refused: () => {},
    relieved: () => {},
    worn: () => {},
    broken: (_: unknown, error: TroupeError) => broken.push(error),
    returned: (list: readonly JobRecord[]) => giveBack(list),
  } as unknown as LinkHost;
  const giveBack = (list: readonly JobRecord[]) => {
    for (const record of list) outcomes[records.indexOf(record)]?.push('given back');
  };
  let receive: (batch: readonly WorkerMessage[]) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const nothing = () => {};
  const transport = {
    write: () => false,
    flush: nothing,
    receive: (onBatch: typeof receive, onError: typeof fail) => {
      receive = onBatch;
      fail = onError;
    },
    poll: () => false,
    overhear: () => false,
    close: nothing,
  };
  const listener = { overdue: nothing, yielded: nothing } as never;
  const link = new SessionLink('worker-1', listener, transport, sharedSlots(1), host);
  for (const outcome of outcomes) {
    const job = {
      task: { id: 'm.task' },
      timeout: 0,
      succeeded: () => outcome.push('succeeded'),
      failed: () => outcome.push('failed'),
      progressed: nothing,
    } as unknown as Job;
    const record = new JobRecord(job, 0);
    records.push(record);
    link.assign(record, tasks.get('m.task') ?? expect.fail('no task'));
  }
  return {
    broken,
    /** What became of each job once the thread is gone, too. */
    outcomes: () => {
      giveBack(link.bury({ kind: 'killed' }));
      return outcomes;
    },
    /** As a transport does it. */
    hear: (frame: Uint8Array) => {
      let batch: readonly WorkerMessage[];
      try {
        batch = decodeFrame(frame);
      } catch (error) {
        if (!TroupeError.is(error, 'ProtocolError')) throw error;
        fail(error);
        return;
      }
      receive(batch);
    },
  };
}

const job = fc.nat(JOBS + 1);
const field = fc.oneof(
  { weight: 3, arbitrary: job },
  fc.anything(),
  fc.constantFrom('info', '__proto__', 'constructor', Number.NaN, 2 ** 53, -1),
  fc.array(job, { maxLength: 4 }),
);
const message = fc
  .tuple(
    fc.oneof(fc.constantFrom(...Object.values(WorkerKind)), fc.nat(20)),
    job,
    fc.array(field, { maxLength: 4 }),
  )
  .map(([kind, number, fields]) => [kind, number, ...fields]);
const frame = fc
  .tuple(
    fc.array(message, { maxLength: 6 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
  )
  .map(([batch, changes]) => {
    const bytes = encodeFrame(batch);
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes;
  });

describe('a session that speaks nonsense', () => {
  it('leaves no job of its host without an end, and none with two', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 4 }), (frames) => {
        const link = listening();
        for (const bytes of frames) link.hear(bytes);
        expect(link.broken.every((error) => TroupeError.is(error, 'ProtocolError'))).toBe(true);
        expect(link.outcomes().map((outcome) => outcome.length)).toEqual(Array(JOBS).fill(1));
      }),
      { numRuns: 3_000 },
    );
  });
});
