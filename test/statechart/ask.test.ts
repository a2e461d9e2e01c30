import { describe, expect, expectTypeOf, it } from 'vitest';
import { setup } from 'xstate';
import { ask, type Reply, rootActor, spawnActor, stopActor } from '../../src/statechart/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { listeners } from '../support/listeners.ts';
import { rejection } from '../support/rejection.ts';

type Events =
  | { type: 'GET'; key: string; reply: Reply<number> }
  | { type: 'NAME'; reply: Reply<string> }
  | { type: 'NEVER'; reply: Reply<never> }
  | { type: 'TWICE'; reply: Reply<number> }
  | { type: 'FAIL' };

const machine = setup({ types: { events: {} as Events } }).createMachine({
  on: {
    GET: { actions: ({ event }) => event.reply(event.key.length) },
    NAME: { actions: ({ event }) => event.reply('it') },
    TWICE: {
      actions: ({ event }) => {
        event.reply(1);
        event.reply(2);
      },
    },
    FAIL: {
      actions: () => {
        throw new Error('defect');
      },
    },
    NEVER: {},
  },
});

function open() {
  const clock = new VirtualClock();
  const parent = setup({}).createMachine({ on: { '*': {} } });
  const dead: unknown[] = [];
  const root = rootActor(parent, {
    id: 'root',
    input: undefined,
    clock,
    onError: () => {},
    onDeadLetter: (letter) => dead.push(letter),
  }).start();
  const ref = spawnActor(machine, { parent: root, id: 'it', input: undefined }).start();
  return { clock, ref, dead };
}

describe('ask', () => {
  it('gives the answer, of the type that the event says', async () => {
    const { clock, ref } = open();
    const length = await ask(ref, { type: 'GET', key: 'abc' }, { timeout: 10 });
    expectTypeOf(length).toEqualTypeOf<number>();
    expect(length).toBe(3);
    const name = await ask({ ref }, { type: 'NAME' });
    expectTypeOf(name).toEqualTypeOf<string>();
    expect(name).toBe('it');
    expect(await ask(ref, { type: 'TWICE' })).toBe(1);
    expect(clock.pending).toBe(0);
    // @ts-expect-error a question needs its fields
    await ask(ref, { type: 'GET' }).catch(() => {});
    // @ts-expect-error what has no reply is no question
    void ask(ref, { type: 'FAIL' }, { timeout: 0 }).catch(() => {});
  });

  it('gives up after its time, on the clock of the system', async () => {
    const { clock, ref } = open();
    const asked = rejection(ask(ref, { type: 'NEVER' }, { timeout: 100 }), 'AskTimeout');
    await clock.advance(99);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect((await asked).message).toBe('it did not answer NEVER within 100 ms');
  });

  it('rejects at once when the actor fails, is stopped, or is gone', async () => {
    const { clock, ref, dead } = open();
    const asked = rejection(ask(ref, { type: 'NEVER' }, { timeout: 100 }), 'ActorDown');
    ref.send({ type: 'FAIL' });
    expect((await asked).cause).toMatchObject({ message: 'defect' });
    expect(clock.pending).toBe(0);
    await rejection(ask(ref, { type: 'NAME' }), 'ActorDown');
    expect(dead).toEqual([]);
    const { ref: other } = open();
    const stopped = rejection(ask(other, { type: 'NEVER' }), 'ActorDown');
    stopActor(other);
    expect((await stopped).cause).toBeUndefined();
  });

  it('ends with its signal', async () => {
    const { clock, ref } = open();
    const control = new AbortController();
    const options = { timeout: 100, signal: control.signal };
    const asked = ask(ref, { type: 'NEVER' }, options);
    control.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    await expect(ask(ref, { type: 'NAME' }, options)).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });

  it('listens once to a signal, however many questions are under it, and then no more', async () => {
    const { ref } = open();
    const control = new AbortController();
    const { signal } = control;
    const unanswered = Array.from({ length: 1_000 }, () => ask(ref, { type: 'NEVER' }, { signal }));
    expect(await ask(ref, { type: 'NAME' }, { signal })).toBeDefined();
    expect(listeners(signal)).toBe(1);
    control.abort('enough');
    const ends = await Promise.allSettled(unanswered);
    expect(ends.every((end) => end.status === 'rejected' && end.reason === 'enough')).toBe(true);
    expect(listeners(signal)).toBe(0);
    const { signal: quiet } = new AbortController();
    await ask(ref, { type: 'NAME' }, { signal: quiet });
    expect(listeners(quiet)).toBe(0);
  });

  it('refuses a bad timeout, what is no actor, and what is no event', async () => {
    const { clock, ref } = open();
    expect(() => ask(ref, { type: 'NAME' }, { timeout: -1 })).toThrow(/timeout must be/);
    expect(() => ask({} as never, { type: 'NAME' } as never)).toThrow(/target must be an actor/);
    await rejection(ask(ref, {} as never, { timeout: 5 }), 'InvalidOption');
    expect(clock.pending).toBe(0);
  });
});
