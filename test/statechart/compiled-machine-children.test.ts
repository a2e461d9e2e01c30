import { describe, expect, it } from 'vitest';
import {
  assign,
  createActor,
  createMachine,
  enqueueActions,
  fromTransition,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { KINDS } from './machine-kinds.ts';

describe.each(KINDS)('a %s machine', (_kind, made) => {
  it('spawns and stops children, whichever way it is told to', () => {
    const kid = fromTransition((n: number) => n + 1, 0);
    const machine = made(
      setup({ actors: { kid } }).createMachine({
        on: {
          ENQUEUE: {
            actions: enqueueActions(({ enqueue }) => {
              enqueue.spawnChild('kid', { id: 'a' });
              enqueue.spawnChild('kid', { id: 'b' });
              enqueue.stopChild('a');
            }),
          },
          ASSIGN: {
            // Arguments may be passed on as a whole.
            actions: assign((args) => {
              const { spawn } = { ...args };
              spawn('kid', { id: 'c' });
              return {};
            }),
          },
          STOP: { actions: stopChild('b') },
        },
      }),
    );
    const actor = createActor(machine).start();
    const children = (['ENQUEUE', 'ASSIGN', 'STOP'] as const).map((type) => {
      const before = Object.values(actor.getSnapshot().children);
      actor.send({ type });
      const gone = before.filter((child) => child?.getSnapshot().status === 'stopped').length;
      return [Object.keys(actor.getSnapshot().children), gone];
    });
    expect(children).toEqual([
      [['b'], 0],
      [['b', 'c'], 0],
      [['c'], 0],
    ]);
  });

  it('goes on from what was persisted, with its children', () => {
    const kid = createMachine({ initial: 'on', states: { on: { on: { A: 'off' } }, off: {} } });
    const machine = made(
      setup({ actors: { kid } }).createMachine({
        context: { n: 0 },
        initial: 'a',
        entry: spawnChild('kid', { id: 'kid' }),
        states: { a: { on: { GO: 'b' } }, b: { on: { GO: { actions: assign({ n: 1 }) } } } },
      }),
    );
    const actor = createActor(machine).start();
    actor.send({ type: 'GO' });
    const { kid: child } = actor.getSnapshot().children;
    child?.send({ type: 'A' });
    const persisted = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
    actor.stop();
    const restored = createActor(machine, { snapshot: persisted }).start();
    restored.send({ type: 'GO' });
    expect(restored.getSnapshot()).toMatchObject({ value: 'b', context: { n: 1 } });
    expect(restored.getSnapshot().children.kid?.getSnapshot().value).toBe('off');
  });

  it('stops its children with the next event when it is restored after its stop', () => {
    const kid = createMachine({});
    const machine = made(
      setup({ actors: { kid } }).createMachine({
        initial: 'a',
        entry: spawnChild('kid', { id: 'kid' }),
        states: { a: { on: { GO: 'b' } }, b: { always: 'c' }, c: {} },
      }),
    );
    const snapshot = createActor(machine).start().getPersistedSnapshot();
    const stopped = { ...snapshot, status: 'stopped' } as typeof snapshot;
    for (const type of ['OTHER', 'GO']) {
      const actor = createActor(machine, { snapshot: stopped }).start();
      const { kid: child } = actor.getSnapshot().children;
      expect(child?.getSnapshot().status).toBe('active');
      actor.send({ type });
      expect(child?.getSnapshot().status).toBe('stopped');
      expect(actor.getSnapshot().value).toBe(type === 'GO' ? 'b' : 'a');
    }
  });
});
