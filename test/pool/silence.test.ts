import { describe, expect, it } from 'vitest';
import { SharedSlot, sharedSlots } from '../../src/ipc/index.ts';
import type { LinkHost } from '../../src/pool/link-host.ts';
import { SessionLink } from '../../src/pool/session-link.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

function link() {
  const clock = new VirtualClock();
  const shared = sharedSlots(1);
  const nothing = () => {};
  const line = { write: () => false, flush: nothing, receive: nothing };
  const transport = { ...line, poll: () => false, close: nothing };
  const { logger } = recordingLogger();
  const host = { clock, logger, recycle: {} } as unknown as LinkHost;
  const silent = new SessionLink('worker-1', {} as never, transport, shared, host);
  const beat = () => Atomics.add(shared, SharedSlot.heartbeat, 1);
  return { clock, beat, silent };
}

describe('the silence of a worker', () => {
  it('lasts from when its heartbeat was seen last', async () => {
    const { clock, beat, silent } = link();
    expect(silent.silence).toBe(0);
    await clock.advance(300);
    expect(silent.silence).toBe(300);
    beat();
    expect(silent.silence).toBe(0);
    await clock.advance(700);
    expect(silent.silence).toBe(700);
  });

  it('is not that of a host that could not look', async () => {
    const { clock, beat, silent } = link();
    beat();
    expect(silent.silence).toBe(0);
    beat();
    await clock.advance(5_000);
    expect(silent.silence).toBe(0);
  });
});
