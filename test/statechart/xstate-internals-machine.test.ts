import { describe, expect, it } from 'vitest';
import { type AnyActorRef, type AnyStateMachine, createActor, createMachine, setup } from 'xstate';
import type { Node, Snapshot } from '../../src/statechart/xstate-internals.ts';
import { idle, made } from './xstate-internals-fixtures.ts';

function snapshotOf(actor: AnyActorRef): Snapshot {
  return actor.getSnapshot();
}

describe('a state node', () => {
  const machine = createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: {
        tags: ['t'],
        entry: 'in',
        exit: 'out',
        after: { 10: 'b' },
        on: { GO: 'b', STAY: { actions: 'act', guard: 'may' }, NO: undefined },
      },
      b: {
        initial: { target: 'inner', actions: 'begin' },
        onDone: 'c',
        states: { inner: {}, end: { type: 'final', output: 42 } },
      },
      c: { always: [{ guard: 'may', target: 'd' }], invoke: { src: 'child' } },
      d: { type: 'parallel', states: { x: {}, y: { type: 'history' } } },
    },
  });
  const root = machine.root as unknown as Node;
  const at = (...path: string[]) => path.reduce((node, key) => node.states[key] as Node, root);

  it('has an id, a key, a type and a parent', () => {
    const { id, key, parent } = at('b', 'inner');
    expect({ id, key, parent: parent === at('b') }).toEqual({
      id: 'm.b.inner',
      key: 'inner',
      parent: true,
    });
    expect(root.parent).toBeUndefined();
    const types = [root, at('a'), at('b', 'end'), at('d'), at('d', 'y')].map(({ type }) => type);
    expect(types).toEqual(['compound', 'atomic', 'final', 'parallel', 'history']);
    expect(at('a').states).toEqual({});
  });

  it('is numbered in document order', () => {
    const nodes = [root, at('a'), at('b'), at('b', 'inner'), at('b', 'end'), at('c'), at('d')];
    expect(nodes.map(({ order }) => order)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('has its transitions by descriptor, with their source and targets', () => {
    const { transitions } = at('a');
    expect(transitions).toBeInstanceOf(Map);
    expect([...transitions.keys()]).toEqual(['GO', 'STAY', 'NO', 'xstate.after.10.m.a']);
    expect(transitions.get('GO')).toMatchObject([
      { source: at('a'), target: [at('b')], reenter: false, guard: undefined, actions: [] },
    ]);
    expect(transitions.get('STAY')).toMatchObject([
      { target: undefined, guard: 'may', actions: ['act'] },
    ]);
    expect(transitions.get('NO')).toMatchObject([{ target: undefined, actions: [] }]);
    expect(at('b').transitions.get('xstate.done.state.m.b')).toMatchObject([{ target: [at('c')] }]);
  });

  it('has its eventless transitions, and none of its own accord', () => {
    expect(at('c').always).toMatchObject([{ guard: 'may', target: [at('d')], source: at('c') }]);
    expect(at('a').always).toBeUndefined();
  });

  it('has its initial transition, with the actions of that alone', () => {
    expect(at('b').initial).toMatchObject({ target: [at('b', 'inner')], actions: ['begin'] });
    expect(root.initial).toMatchObject({ target: [at('a')], actions: [] });
  });

  it('arms and cancels its timers as it is entered and left', () => {
    const { entry, exit } = at('a');
    const type = 'xstate.after.10.m.a';
    expect([entry[0], exit[0]]).toEqual(['in', 'out']);
    expect(made(entry[1])).toMatchObject({
      type: 'xstate.raise',
      event: { type },
      id: type,
      delay: 10,
    });
    expect(made(exit[1])).toMatchObject({ type: 'xstate.cancel', sendId: type });
  });

  it('has its invoked children, tags and output', () => {
    expect([at('a').invoke.length, at('c').invoke.length]).toEqual([0, 1]);
    expect([at('a').tags, at('b').tags]).toEqual([['t'], []]);
    expect([at('b', 'end').output, at('a').output]).toEqual([42, undefined]);
  });

  it('is looked at no sooner than it is used', () => {
    const wrong = createMachine({ initial: 'gone', states: { here: {} } } as never);
    const { root } = wrong as unknown as { root: Node };
    expect(() => root.initial).toThrow('Initial state node "gone" not found');
  });
});

describe('a machine', () => {
  it('has its implementations by name', () => {
    const implementations = {
      actions: { act: () => {} },
      guards: { may: () => true },
      delays: { later: 5 },
    };
    const machine = setup(implementations).createMachine({});
    expect(machine.implementations).toMatchObject(implementations);
  });

  it('is a new one with the given implementations besides when it is provided with them', () => {
    const old = { act: () => {}, other: () => {} };
    const machine = setup({ actions: old }).createMachine({});
    const act = () => {};
    const provided = machine.provide({ actions: { act } });
    expect(provided).not.toBe(machine);
    expect(provided.config).toBe(machine.config);
    expect(provided.implementations.actions).toEqual({ act, other: old.other });
    expect(machine.implementations.actions).toEqual(old);
  });

  it('bounds its iterations only when told to', () => {
    expect(createMachine({}).options.maxIterations).toBe(Number.POSITIVE_INFINITY);
    expect(createMachine({ options: { maxIterations: 3 } }).options.maxIterations).toBe(3);
  });

  it('is asked by its actors through its own properties', () => {
    const machine = createMachine({}) as AnyStateMachine;
    const { transition, getInitialSnapshot } = machine;
    const asked: string[] = [];
    machine.getInitialSnapshot = ((scope: never, input: never) => {
      asked.push('first');
      return getInitialSnapshot(scope, input);
    }) as never;
    machine.transition = ((snapshot: never, event: { type: string }, scope: never) => {
      asked.push(event.type);
      return transition(snapshot, event, scope);
    }) as never;
    const actor = createActor(machine).start();
    actor.send({ type: 'A' });
    actor.stop();
    expect(asked).toEqual(['first', 'A', 'xstate.stop']);
  });
});

describe('a snapshot', () => {
  it('has these fields in this order', () => {
    expect(Object.keys(snapshotOf(createActor(idle)))).toEqual([
      'status',
      'output',
      'error',
      'machine',
      'context',
      '_nodes',
      'value',
      'tags',
      'children',
      'historyValue',
      'matches',
      'hasTag',
      'can',
      'getMeta',
      'toJSON',
    ]);
  });

  it('has the active states from the root inwards, and from within when it is done', () => {
    const machine = createMachine({
      id: 'm',
      initial: 'a',
      states: {
        a: { initial: 'b', states: { b: { on: { GO: '#m.z' } } } },
        z: { type: 'final' },
      },
    });
    const actor = createActor(machine).start();
    expect(snapshotOf(actor)._nodes.map(({ id }) => id)).toEqual(['m', 'm.a', 'm.a.b']);
    actor.send({ type: 'GO' });
    expect(snapshotOf(actor)._nodes.map(({ id }) => id)).toEqual(['m.z', 'm']);
  });
});
