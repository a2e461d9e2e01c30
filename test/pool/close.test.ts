import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TroupeError, taskReference } from '../../src/model/index.ts';
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

function job(traits: Partial<Job> = {}) {
  const failed = vi.fn<Job['failed']>();
  const made: Job = {
    task: taskReference('any', 'task'),
    input: undefined,
    priority: 0,
    executionId: 'e',
    ticket: undefined,
    timeout: 0,
    succeeded: () => {},
    progressed: () => {},
    failed,
    ...traits,
  };
  return { made, failed };
}

const CLOSED = expect.objectContaining({ code: 'PoolClosed', message: 'the pool is closed' });

describe('a pool that is closed', () => {
  it('fails what waits, once, and leaves no timer of it behind', async () => {
    const waiting = [job(), job({ priority: 5, queueTimeout: 100 })];
    for (const { made } of waiting) pool.dispatch(made);
    pool.close();
    pool.close();
    await clock.advance(200);
    for (const { failed } of waiting) {
      expect(failed.mock.calls).toEqual([[CLOSED]]);
    }
    expect(pool.queued).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('refuses what comes then', () => {
    pool.close();
    const { made, failed } = job();
    pool.dispatch(made);
    expect(failed.mock.calls).toEqual([[CLOSED]]);
    expect(() => pool.broadcast(() => made)).toThrow(CLOSED);
  });

  it('says why, where whoever closes it does', () => {
    const { made, failed } = job();
    pool.dispatch(made);
    const reason = new TroupeError('RuntimeClosed', 'no more');
    pool.close(reason);
    expect(failed).toHaveBeenCalledExactlyOnceWith(reason);
  });
});
