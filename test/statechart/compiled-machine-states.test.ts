import { describe, expect, it, vi } from 'vitest';
import { type AnyStateMachine, assign, createActor, createMachine, stateIn } from 'xstate';
import { KINDS, notes } from './machine-kinds.ts';

describe.each(KINDS)('a %s machine', (_kind, made) => {
  it('may be nothing but a final state', () => {
    const output = vi.fn(({ event }: { event: unknown }) => event);
    const machine = made(createMachine({ id: 'm', type: 'final', output }));
    expect(createActor(machine).start().getSnapshot()).toMatchObject({
      status: 'done',
      output: { type: 'xstate.done.state.m' },
    });
  });

  it('remembers what history asks for, shallow and deep', () => {
    const machine = made(
      createMachine({
        id: 'm',
        initial: 'on',
        states: {
          on: {
            initial: 'first',
            states: {
              first: { on: { NEXT: 'second.y' } },
              second: { initial: 'x', states: { x: {}, y: {} } },
              shallow: { type: 'history' },
              deep: { type: 'history', history: 'deep' },
            },
            on: { POWER: 'off' },
          },
          off: { on: { POWER: 'on.shallow', DEEP: 'on.deep' } },
        },
      }),
    );
    const actor = createActor(machine).start();
    const values = ['NEXT', 'POWER', 'DEEP', 'POWER', 'POWER'].map((type) => {
      actor.send({ type });
      return actor.getSnapshot().value;
    });
    expect(values[2]).toEqual({ on: { second: 'y' } });
    expect(values[4]).toEqual({ on: { second: 'x' } });
    actor.send({ type: 'POWER' });
    const restored = createActor(machine, { snapshot: actor.getPersistedSnapshot() }).start();
    restored.send({ type: 'DEEP' });
    expect(restored.getSnapshot().value).toEqual({ on: { second: 'x' } });
  });

  it('knows what state it is in, by id and by value', () => {
    const { lines, note } = notes();
    const machine = made(
      createMachine({
        initial: 'a',
        states: {
          a: {
            id: 'here',
            initial: 'x',
            states: { x: {} },
            on: {
              GO: [
                { guard: stateIn({ a: 'y' }), actions: note('not there') },
                { guard: stateIn({ a: 'x' }), actions: note('by value') },
              ],
              ID: { guard: stateIn('#here'), actions: note('by id') },
            },
          },
        },
      }),
    );
    const actor = createActor(machine).start();
    actor.send({ type: 'GO' });
    actor.send({ type: 'ID' });
    expect(lines).toEqual(['by value', 'by id']);
  });

  it('hands on the output of a state that is done, and its own', () => {
    const machine = made(
      createMachine({
        context: { got: 0 },
        initial: 'a',
        output: ({ context, event }) => ({ got: context.got, of: event.output }),
        states: {
          a: {
            initial: 'x',
            states: {
              x: { on: { GO: 'y' } },
              y: { type: 'final', output: ({ event }) => event.type.length },
            },
            onDone: {
              target: 'z',
              actions: assign({ got: ({ event }) => event.output as number }),
            },
          },
          z: { type: 'final', output: 'all' },
        },
      }),
    );
    const actor = createActor(machine).start();
    actor.send({ type: 'GO' });
    expect(actor.getSnapshot()).toMatchObject({ status: 'done', output: { got: 2, of: 'all' } });
  });

  it('enters all that is on the way to a deep target, without the initial actions there', () => {
    const { lines, note } = notes();
    const machine = made(
      createMachine({
        id: 'm',
        initial: 'a',
        states: {
          a: { exit: note('exit a'), on: { GO: '#deep' } },
          b: {
            entry: note('enter b'),
            initial: { target: 'x', actions: note('begin b') },
            states: {
              x: {},
              y: {
                entry: note('enter y'),
                initial: { target: 'deep', actions: note('begin y') },
                states: {
                  deep: {
                    id: 'deep',
                    entry: note('enter deep'),
                    initial: { target: 'end', actions: note('begin deep') },
                    states: { end: { entry: note('enter end') } },
                  },
                },
              },
            },
          },
        },
      }),
    );
    const actor = createActor(machine).start();
    actor.send({ type: 'GO' });
    const entered = ['enter b', 'enter y', 'enter deep', 'begin deep', 'enter end'];
    expect(lines).toEqual(['exit a', ...entered]);
    expect(actor.getSnapshot().value).toEqual({ b: { y: { deep: 'end' } } });
  });

  it('leaves and enters even the root when a transition of its own reenters', () => {
    const { lines, note } = notes();
    const machine = made(
      createMachine({
        entry: note('enter root'),
        exit: note('exit root'),
        initial: 'a',
        on: { AGAIN: { target: '.b', reenter: true, actions: note('again') }, ON: '.b' },
        states: { a: { exit: note('exit a') }, b: { entry: note('enter b') } },
      }),
    );
    const actor = createActor(machine).start();
    lines.length = 0;
    actor.send({ type: 'AGAIN' });
    expect(lines).toEqual(['exit a', 'exit root', 'again', 'enter root', 'enter b']);
    lines.length = 0;
    actor.send({ type: 'ON' });
    expect(lines).toEqual(['enter b']);
  });

  it('has meta, tags and input', () => {
    const machine = made(
      createMachine({
        id: 'm',
        context: ({ input }: { input: string }) => ({ input }),
        initial: 'a',
        tags: ['all'],
        states: { a: { on: { GO: 'b' } }, b: { meta: { shown: true }, tags: ['late'] } },
      }),
    );
    const actor = createActor(machine, { input: 'given' }).start();
    actor.send({ type: 'GO' });
    const snapshot = actor.getSnapshot();
    expect(snapshot.getMeta()).toEqual({ 'm.b': { shown: true } });
    expect([...snapshot.tags]).toEqual(['all', 'late']);
    expect(snapshot.hasTag('late')).toBe(true);
    expect(snapshot.context).toEqual({ input: 'given' });
  });

  it('goes through states that are not planned, and back', () => {
    const { lines, note } = notes();
    const machine = made(
      createMachine({
        initial: 'a',
        states: {
          a: { on: { GO: 'both' } },
          both: {
            type: 'parallel',
            states: { x: { entry: note('x') }, y: { entry: note('y') } },
            on: { GO: 'invoking' },
          },
          invoking: {
            invoke: { src: createMachine({ type: 'final', output: 3 }), onDone: 'a' },
            exit: note('back'),
          },
        },
      }),
    );
    const actor = createActor(machine).start();
    actor.send({ type: 'GO' });
    actor.send({ type: 'GO' });
    expect(lines).toEqual(['x', 'y', 'back']);
    expect(actor.getSnapshot().value).toBe('a');
    actor.send({ type: 'GO' });
    expect(actor.getSnapshot().value).toEqual({ both: { x: {}, y: {} } });
  });

  it('is routed to a state that says it can be', () => {
    const machine = made(
      createMachine({ initial: 'a', states: { a: {}, b: { id: 'there', route: {} } } }),
    ) as AnyStateMachine;
    const actor = createActor(machine).start();
    actor.send({ type: 'xstate.route', to: '#there' });
    expect(actor.getSnapshot().value).toBe('b');
  });
});
