import { describe, expect, it } from 'vitest';
import type { ChildHost } from '../../actors/child.ts';
import { IGNORE } from '../../actors/child.ts';
import { Supervisor } from '../../actors/supervisor.ts';
import { worker } from '../../actors/worker.ts';
import type { ThreadHost, ThreadListener } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';

describe('a worker', () => {
  it('is none for now where the pool opens no more threads', () => {
    const nothing = () => {};
    const open = () => expect.fail('opened a thread');
    const closed = { isClosed: true, open, prepare: () => false, standDown: nothing };
    const start = worker(closed, { grace: 10, handshakeTimeout: 10 });
    expect(start({ id: 'worker-1' } as ChildHost)).toBe(IGNORE);
  });

  /** A worker whose pool prepares threads, or none. */
  async function start(prepares: boolean) {
    const told: string[] = [];
    const clock = new VirtualClock();
    let listener: ThreadListener | undefined;
    const threads: ThreadHost = {
      isClosed: false,
      open: (_, own) => {
        listener = own;
        return { drain() {}, retire() {}, kill: ({ kind }) => void told.push(kind) };
      },
      prepare() {
        told.push('prepare');
        return prepares;
      },
      standDown: () => void told.push('stand down'),
    };
    const supervisor = new Supervisor({
      id: 'pool',
      strategy: 'one_for_one',
      clock,
      random: { next: () => 0 },
      sink: { publish() {} },
      children: [{ id: 'worker-1', start: worker(threads, { grace: 100, handshakeTimeout: 10 }) }],
    });
    await supervisor.start();
    listener?.ready();
    return { told, clock, listener };
  }

  it('has no thread prepared but while it is likely that it will need one', async () => {
    const { told, clock, listener } = await start(true);
    listener?.overdue();
    await clock.advance(24);
    listener?.yielded();
    expect(told).toEqual([]);
    listener?.overdue();
    await clock.advance(25);
    listener?.yielded();
    expect(told).toEqual(['prepare', 'stand down']);
    listener?.overdue();
    await clock.advance(100);
    expect(told.slice(2)).toEqual(['prepare', 'killed']);
  });

  it('gives no thread back that was not prepared', async () => {
    const { told, clock, listener } = await start(false);
    listener?.overdue();
    await clock.advance(25);
    listener?.yielded();
    expect(told).toEqual(['prepare']);
  });
});
