import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INBOX_SIZE } from '../../src/ipc/index.ts';
import { Talk } from '../../src/pool/talk.ts';

function line() {
  const sent: unknown[] = [];
  let granted = 0;
  return {
    sent,
    granted: () => granted,
    message: (value: unknown) => void sent.push(value),
    credit: (pieces: number) => {
      granted += pieces;
    },
  };
}

describe('Talk', () => {
  it('keeps what is said until a session has the job', () => {
    const talk = new Talk();
    const session = line();
    void talk.push('a');
    talk.grant(3);
    talk.begin(session);
    void talk.push('b');
    talk.grant(2);
    expect(session.sent).toEqual(['a', 'b']);
    expect(session.granted()).toBe(5);
  });

  it('says all of it again to the next session when the first gives the job back', () => {
    const talk = new Talk();
    talk.begin(line());
    void talk.push('a');
    talk.grant(3);
    talk.rewind();
    void talk.push('b');
    const next = line();
    talk.begin(next);
    expect(next.sent).toEqual(['a', 'b']);
    expect(next.granted()).toBe(3);
  });

  it('says nothing to a task that takes no messages, but grants it pieces', async () => {
    const talk = new Talk();
    const said = talk.push('a');
    talk.grant(3);
    talk.dismiss('m.task');
    await expect(said).rejects.toThrow('task m.task takes no messages');
    const session = line();
    talk.begin(session);
    expect(session.sent).toEqual([]);
    expect(session.granted()).toBe(3);
  });

  it('never has more under way than an inbox holds, and loses nothing', () => {
    const step = fc.oneof(fc.constant('push' as const), fc.integer({ min: 1, max: INBOX_SIZE }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const talk = new Talk();
        const session = line();
        talk.begin(session);
        let pushed = 0;
        let taken = 0;
        const take = (wanted: number) => {
          const count = Math.min(wanted, session.sent.length - taken);
          taken += count;
          if (count > 0) talk.taken(count);
        };
        for (const each of steps) {
          if (each === 'push') void talk.push(pushed++);
          else take(each);
          expect(session.sent.length).toBe(Math.min(pushed, taken + INBOX_SIZE));
        }
        expect(session.sent).toEqual(session.sent.map((_, i) => i));
      }),
    );
  });

  it('tells when a message is sent, and which could not be', async () => {
    const talk = new Talk();
    const refused = new Error('cannot travel');
    talk.begin({
      message: (value) => {
        if (value === 'bad') talk.refused(value, refused);
      },
      credit: () => {},
    });
    await talk.push('good');
    await expect(talk.push('bad')).rejects.toBe(refused);
    await talk.push('good again');
  });

  it('refuses what waits for room when the job ends', async () => {
    const talk = new Talk();
    talk.begin(line());
    for (let i = 0; i < INBOX_SIZE; i++) await talk.push(i);
    const late = talk.push('late');
    talk.end('m.task');
    await expect(late).rejects.toMatchObject({ code: 'InvalidState', details: { task: 'm.task' } });
  });
});
