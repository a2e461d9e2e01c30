import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { taskReference } from '../../src/model/index.ts';
import { WorkerPool } from '../../src/pool/index.ts';
import type { Job } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

let clock: VirtualClock;
let pool: WorkerPool;

beforeEach(() => {
  clock = new VirtualClock();
  const { logger } = recordingLogger();
  // No session is opened: whatever comes waits.
  pool = new WorkerPool({ threads: 1, modules: [], clock, sink: { publish: () => {} }, logger });
});
afterEach(() => pool.destroy());

function dispatch(priority = 0): Job {
  const job: Job = {
    task: taskReference('any', 'task'),
    input: undefined,
    priority,
    executionId: 'e',
    ticket: undefined,
    timeout: 0,
    succeeded: () => {},
    failed: () => {},
    progressed: () => {},
  };
  pool.dispatch(job);
  return job;
}

describe('the age of the queue', () => {
  it('is the longest wait of all that wait, whatever their priorities', async () => {
    expect(pool.longestWait).toBe(0);
    const low = dispatch(-1);
    await clock.advance(100);
    const first = dispatch();
    await clock.advance(10);
    dispatch();
    expect(pool.longestWait).toBe(110);
    pool.cancel(low, new Error('no'));
    expect(pool.longestWait).toBe(10);
    pool.cancel(first, new Error('no'));
    await clock.advance(5);
    expect(pool.longestWait).toBe(5);
  });

  it('is nothing once nothing waits', async () => {
    dispatch();
    await clock.advance(100);
    pool.close();
    expect(pool.longestWait).toBe(0);
  });
});
