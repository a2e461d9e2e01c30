import { describe, expect, it } from 'vitest';
import { sharedSlots } from '../../src/ipc/index.ts';
import { NOBODY } from '../../src/pool/carrier.ts';
import { type Carrier, WorkerPool } from '../../src/pool/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const SILENT = {
  overdue() {},
  yielded() {},
  emptied() {},
  hung() {},
  worn() {},
  broken() {},
  ready() {},
  exited() {},
};

/** A pool of places that nothing runs in, and how many were opened. */
function pool(cores: number) {
  let opened = 0;
  const carrier: Carrier = {
    open() {
      opened++;
      return { transport: NOBODY, shared: sharedSlots(1), kill() {} };
    },
    zombies: 0,
    destroy: async () => {},
  };
  const { logger } = recordingLogger();
  const own = {
    threads: 1,
    modules: [],
    clock: new VirtualClock(),
    sink: { publish() {} },
    logger,
  };
  return { pool: new WorkerPool({ ...own, carrier, cores }), opened: () => opened };
}

describe('the replacement of a worker that will probably be ended', () => {
  it('starts ahead while there is a core for it', () => {
    const { pool: roomy, opened } = pool(2);
    roomy.open('worker-1', SILENT);
    expect([roomy.prepare(), opened()]).toEqual([true, 2]);
  });

  it('waits for the core of the worker it replaces where there is no other', () => {
    const { pool: full, opened } = pool(2);
    full.open('worker-1', SILENT);
    full.open('worker-2', SILENT);
    expect([full.prepare(), opened()]).toEqual([false, 2]);
  });

  it('does not start in a pool that was closed', async () => {
    const { pool: closed, opened } = pool(8);
    await closed.destroy();
    expect([closed.prepare(), opened()]).toEqual([false, 0]);
  });
});
