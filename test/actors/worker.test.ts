import { describe, expect, it } from 'vitest';
import type { ChildHost } from '../../actors/child.ts';
import { IGNORE } from '../../actors/child.ts';
import { Supervisor } from '../../actors/supervisor.ts';
import { worker } from '../../actors/worker.ts';
import type { ThreadListener } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';

describe('a worker', () => {
  it('is none for now where the pool opens no more threads', () => {
    const nothing = () => {};
    const open = () => expect.fail('opened a thread');
    const closed = { isClosed: true, open, prepare: nothing, standDown: nothing };
    const start = worker(closed, { grace: 10, handshakeTimeout: 10 });
    expect(start({ id: 'worker-1' } as ChildHost)).toBe(IGNORE);
  });

  it('has no thread prepared but while it is likely that it will need one', async () => {
    const told: string[] = [];
    const clock = new VirtualClock();
    let listener: ThreadListener | undefined;
    const supervisor = new Supervisor({
      id: 'pool',
      strategy: 'one_for_one',
      clock,
      random: { next: () => 0 },
      sink: { publish() {} },
      children: [
        {
          id: 'worker-1',
          start: worker(
            {
              isClosed: false,
              open: (_, own) => {
                listener = own;
                return { drain() {}, retire() {}, kill: ({ kind }) => void told.push(kind) };
              },
              prepare: () => void told.push('prepare'),
              standDown: () => void told.push('stand down'),
            },
            { grace: 100, handshakeTimeout: 10 },
          ),
        },
      ],
    });
    await supervisor.start();
    listener?.ready();
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
});
