import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyActorRef, fromTransition, setup } from 'xstate';
import { rootActor, spawnActor, stopActor } from '../../src/statechart/index.ts';
import { type DeadLetter, RunQueue } from '../../src/statechart/run-queue.ts';
import type { System, Target } from '../../src/statechart/xstate-internals.ts';
import { VirtualClock } from '../../src/testing/index.ts';

const onError = () => {};

function root(
  options: {
    budget?: number;
    defer?: (run: () => void) => void;
    onDeadLetter?: (letter: DeadLetter) => void;
  } = {},
) {
  const nothing = fromTransition((state) => state, null);
  return rootActor(nothing, {
    id: 'root',
    input: undefined,
    clock: new VirtualClock(),
    onError,
    ...options,
  }).start();
}

/** An actor that does something on each event. */
function spawn(
  parent: AnyActorRef,
  act: (event: { type: string; n: number }) => void,
): AnyActorRef {
  const logic = fromTransition((state, event: { type: string; n: number }) => {
    act(event);
    return state;
  }, null);
  return spawnActor(logic, { parent, id: 'a', input: undefined }).start();
}

describe('the run queue', () => {
  it('settles a chain of 100,000 actors', () => {
    const parent = root({ budget: Number.POSITIVE_INFINITY });
    let reached = 0;
    let next: AnyActorRef | undefined;
    for (let i = 0; i < 100_000; i++) {
      const target = next;
      next = spawn(parent, (event) => {
        reached++;
        target?.send(event);
      });
    }
    next?.send({ type: 'GO', n: 0 });
    expect(reached).toBe(100_000);
  });

  it('has settled what a send from outside set going when the send returns', () => {
    const parent = root();
    const log: number[] = [];
    const b = spawn(parent, ({ n }) => log.push(n));
    const a = spawn(parent, ({ n }) => b.send({ type: 'X', n: n + 1 }));
    a.send({ type: 'X', n: 1 });
    expect(log).toEqual([2]);
  });

  it('ends what one actor does before the next begins', () => {
    const parent = root();
    const log: string[] = [];
    const b = spawn(parent, () => log.push('b'));
    const a = spawn(parent, () => {
      log.push('a begins');
      b.send({ type: 'X' });
      log.push('a ends');
    });
    a.send({ type: 'X', n: 1 });
    expect(log).toEqual(['a begins', 'a ends', 'b']);
  });

  it('lets others have a turn after its budget, and then goes on', () => {
    const turns: (() => void)[] = [];
    const parent = root({ budget: 10, defer: (run) => turns.push(run) });
    let rallies = 0;
    const players: AnyActorRef[] = [];
    const play = (other: number) => (event: { type: string; n: number }) => {
      rallies++;
      if (event.n > 0) players[other]?.send({ type: 'BALL', n: event.n - 1 });
    };
    players.push(spawn(parent, play(1)), spawn(parent, play(0)));
    players[0]?.send({ type: 'BALL', n: 24 });
    expect(rallies).toBe(10);
    turns.shift()?.();
    expect(rallies).toBe(20);
    turns.shift()?.();
    expect(rallies).toBe(25);
    expect(turns).toEqual([]);
  });

  it('keeps the order of what is sent while it waits for its turn', () => {
    const turns: (() => void)[] = [];
    const parent = root({ budget: 1, defer: (run) => turns.push(run) });
    const log: number[] = [];
    const a = spawn(parent, ({ n }) => log.push(n));
    for (let n = 0; n < 5; n++) a.send({ type: 'X', n });
    expect(log).toEqual([0, 1, 2, 3, 4]);
    const burst = spawn(parent, () => {
      for (let n = 5; n < 8; n++) a.send({ type: 'X', n });
    });
    burst.send({ type: 'GO', n: 0 });
    a.send({ type: 'X', n: 8 });
    while (turns.length > 0) turns.shift()?.();
    expect(log).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('counts and shows events to actors that have ended', () => {
    const letters: DeadLetter[] = [];
    const parent = root({ onDeadLetter: (letter) => letters.push(letter) });
    const a = spawn(parent, () => {});
    stopActor(a);
    a.send({ type: 'LATE', n: 1 });
    expect(letters).toEqual([{ target: a, event: { type: 'LATE', n: 1 } }]);
  });

  it('goes on after an actor that throws', () => {
    const parent = root();
    const log: string[] = [];
    const good = spawn(parent, () => log.push('good'));
    const bad = spawn(parent, ({ type }) => {
      // One that fails is told to stop, so that it can clean up.
      if (type !== 'X') return;
      good.send({ type: 'X' });
      throw new Error('bad');
    });
    bad.send({ type: 'X', n: 1 });
    expect(log).toEqual(['good']);
    expect(bad.getSnapshot().status).toBe('error');
  });

  it('shows inspectors every event', () => {
    const parent = root();
    const seen: string[] = [];
    parent.system.inspect((event) => {
      if (event.type === '@xstate.event') seen.push(event.event.type);
    });
    const b = spawn(parent, () => {});
    const a = spawn(parent, () => b.send({ type: 'INNER' }));
    a.send({ type: 'OUTER', n: 1 });
    expect(seen).toEqual(expect.arrayContaining(['OUTER', 'INNER']));
  });

  it('delivers first in, first out, whatever is posted when', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (bursts, budget) => {
          const turns: (() => void)[] = [];
          const system = { _sendInspectionEvent() {} } as unknown as System;
          const queue = new RunQueue(system, { budget, defer: (run) => turns.push(run) });
          const posted: number[] = [];
          const got: number[] = [];
          const pending = [...bursts];
          const target: Target = {
            _processingStatus: 1,
            _stop() {},
            _send(event) {
              got.push((event as unknown as { n: number }).n);
              for (let i = pending.pop() ?? 0; i > 0; i--) post();
            },
          };
          const post = () => {
            posted.push(posted.length);
            system._relay(undefined, target, { type: 'X', n: posted.length - 1 } as never);
          };
          for (let i = 0; i < 3; i++) post();
          while (turns.length > 0) turns.shift()?.();
          expect(got).toEqual(posted);
          expect(queue.size).toBe(0);
        },
      ),
    );
  });

  it('grows with what it holds', () => {
    const parent = root({ budget: Number.POSITIVE_INFINITY });
    const log: number[] = [];
    const sink = spawn(parent, ({ n }) => log.push(n));
    const source = spawn(parent, () => {
      for (let n = 0; n < 5_000; n++) sink.send({ type: 'X', n });
    });
    for (let round = 0; round < 3; round++) source.send({ type: 'GO', n: 0 });
    expect(log).toHaveLength(15_000);
    expect(log.slice(0, 5_000)).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
  });
});

describe('a chart in a system with a run queue', () => {
  it('hears of its child as before', () => {
    const parent = root();
    const heard: string[] = [];
    const machine = setup({}).createMachine({
      initial: 'on',
      states: { on: { on: { END: 'off' } }, off: { type: 'final' } },
    });
    const watcher = spawn(parent, ({ type }) => heard.push(type));
    spawnActor(machine, { parent: watcher, id: 'kid', input: undefined })
      .start()
      .send({ type: 'END' });
    expect(heard).toEqual(['xstate.done.actor.kid']);
  });
});
