import { describe, expect, it, vi } from 'vitest';
import {
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  emit,
  enqueueActions,
  fromTransition,
  getMicrosteps,
  getNextSnapshot,
  type InspectionEvent,
  initialTransition,
  raise,
  type Snapshot,
  StateMachine,
  setup,
  spawnChild,
  stateIn,
  stopChild,
  transition,
} from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { compile } from '../../src/statechart/index.ts';
import type { Scope } from '../../src/statechart/xstate-internals.ts';

const switches = createMachine({
  id: 'switch',
  initial: 'off',
  context: { n: 0 },
  states: {
    off: { on: { TOGGLE: { target: 'on', actions: 'count' } } },
    on: { entry: 'shine', on: { TOGGLE: 'off' } },
  },
}).provide({ actions: { count: assign({ n: ({ context }) => context.n + 1 }) } });

/** Notes what actions do. */
function notes() {
  const lines: string[] = [];
  const note = (line: string) => () => void lines.push(line);
  return { lines, note };
}

describe('compile', () => {
  it('gives a real machine of the same configuration', () => {
    const compiled = compile(switches);
    expect(compiled).toBeInstanceOf(StateMachine);
    expect(compiled).not.toBe(switches);
    expect(compiled.config).toBe(switches.config);
    expect(compiled.implementations).toEqual(switches.implementations);
  });

  it('gives the same one each time, and a compiled one back', () => {
    expect(compile(switches)).toBe(compile(switches));
    expect(compile(compile(switches))).toBe(compile(switches));
  });

  it('leaves a machine of a class of its own alone', () => {
    class Special extends (StateMachine as unknown as new (config: object) => AnyStateMachine) {}
    const special = new Special({});
    expect(compile(special)).toBe(special);
  });

  it('leaves the machine itself as it was', () => {
    const keys = Object.entries(switches);
    compile(switches);
    expect(Object.entries(switches)).toEqual(keys);
  });
});

describe('a compiled machine', () => {
  it('does not ask XState which transitions to take', () => {
    const compiled = compile(switches);
    const asked = vi.spyOn(compiled, 'getTransitionData');
    const actor = createActor(compiled).start();
    for (let i = 0; i < 3; i++) actor.send({ type: 'TOGGLE' });
    expect(actor.getSnapshot()).toMatchObject({ value: 'on', context: { n: 2 } });
    expect(asked).not.toHaveBeenCalled();
  });

  it('asks XState while somebody inspects', () => {
    const compiled = compile(createMachine(switches.config as object)) as AnyStateMachine;
    const asked = vi.spyOn(compiled, 'getTransitionData');
    const actor = createActor(compiled).start();
    const { unsubscribe } = actor.system.inspect(() => {});
    actor.send({ type: 'TOGGLE' });
    expect(asked).toHaveBeenCalledOnce();
    unsubscribe();
    actor.send({ type: 'TOGGLE' });
    expect(asked).toHaveBeenCalledOnce();
  });

  it('looks at its states at the first use, as XState does', () => {
    const { lines, note } = notes();
    const compiled = compile(createMachine({ initial: 'a', states: { a: {} } }));
    compiled.root.states.a?.entry.push(note('entered'));
    createActor(compiled).start();
    expect(lines).toEqual(['entered']);
  });

  it('does not share the first snapshot among its actors', () => {
    const compiled = compile(createMachine({}));
    const [first, second] = [createActor(compiled), createActor(compiled)];
    expect(first.getSnapshot()).not.toBe(second.getSnapshot());
  });

  it('does not remember more types than there are names for, and knows them all the same', () => {
    const compiled = compile(
      createMachine({
        context: { n: 0 },
        on: { '*': { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      }),
    );
    const actor = createActor(compiled).start();
    for (let i = 0; i < 600; i++) actor.send({ type: `made up ${i % 300}` });
    expect(actor.getSnapshot().context).toEqual({ n: 600 });
  });
});

const identity = <M extends AnyStateMachine>(machine: M): M => machine;

describe.each([
  ['stock', identity],
  ['compiled', compile],
])('a %s machine', (_kind, made) => {
  it('says that a state does not exist only when it comes to it', () => {
    const machine = made(
      createMachine({
        initial: 'a',
        states: {
          a: { on: { A: 'b', B: 'broken' } },
          b: { on: { B: 'broken' } },
          broken: { initial: 'gone', states: { here: {} } },
        },
      } as never),
    ) as AnyStateMachine;
    const errors: unknown[] = [];
    const actor = createActor(machine);
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    actor.send({ type: 'A' });
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', value: 'b' });
    actor.send({ type: 'B' });
    expect(errors).toMatchObject([{ message: expect.stringContaining('"gone" not found') }]);
  });

  it('is in error from the start when its first state does not exist', () => {
    const machine = made(createMachine({ initial: 'gone', states: { here: {} } } as never));
    expect(createActor(machine).getSnapshot()).toMatchObject({
      status: 'error',
      error: { message: expect.stringContaining('"gone" not found') },
    });
  });

  it('has no output when it fails as it ends at once', () => {
    const machine = made(
      createMachine({
        initial: 'end',
        output: 'all',
        states: {
          end: {
            type: 'final',
            exit: assign(() => {
              throw new Error('defect');
            }),
          },
        },
      }),
    );
    const snapshot = createActor(machine).getSnapshot();
    expect(snapshot).toMatchObject({ status: 'error', output: undefined, value: 'end' });
  });

  it('tells its first snapshot to a scope that is made up', () => {
    const machine = made(createMachine({ initial: 'a', states: { a: {} } }));
    expect(machine.getInitialSnapshot({} as never).value).toBe('a');
  });

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

  it('tells inspectors of every action, microstep and snapshot', () => {
    const machine = made(
      createMachine({
        initial: 'a',
        states: {
          a: { on: { GO: { target: 'b', actions: [raise({ type: 'ON' }), 'act'] } } },
          b: { always: 'c' },
          c: { on: { ON: 'd' } },
          d: { type: 'final' },
        },
      }),
    );
    const told: string[] = [];
    const inspect = (event: InspectionEvent) => {
      if (event.type === '@xstate.action') told.push(`action ${event.action.type}`);
      else if (event.type === '@xstate.microstep') {
        const { value } = event.snapshot as unknown as { value: unknown };
        told.push(`microstep ${event.event.type} ${value} ${event._transitions.length}`);
      } else told.push(event.type);
    };
    const actor = createActor(machine, { inspect }).start();
    told.length = 0;
    actor.send({ type: 'GO' });
    expect(told).toEqual([
      '@xstate.event',
      'action xstate.raise',
      'action act',
      'microstep GO b 1',
      'microstep GO c 1',
      'microstep ON d 1',
      '@xstate.snapshot',
    ]);
  });

  it('has pure functions that tell of its actions and run none', () => {
    const { lines, note } = notes();
    const machine = made(
      createMachine({
        initial: 'a',
        context: ({ input }: { input: number }) => ({ n: input }),
        entry: note('entry'),
        states: {
          a: { on: { GO: { target: 'b', actions: [note('go'), 'shout'] } } },
          b: { entry: spawnChild(createMachine({}), { id: 'kid' }), always: 'c' },
          c: { entry: { type: 'last', params: { of: 'all' } } },
        },
      }),
    );
    const [first, begun] = initialTransition(machine, 5 as never);
    expect(first).toMatchObject({ value: 'a', context: { n: 5 } });
    expect(begun.map(({ type }) => type)).toEqual(['(anonymous)']);
    const [next, done] = transition(machine, first, { type: 'GO' });
    expect(next.value).toBe('c');
    expect(done.map(({ type }) => type)).toEqual([
      '(anonymous)',
      'shout',
      'xstate.spawnChild',
      'last',
    ]);
    expect(done.at(-1)?.params).toEqual({ of: 'all' });
    expect(getNextSnapshot(machine, first, { type: 'GO' }).value).toBe('c');
    const microsteps = getMicrosteps(machine, first, { type: 'GO' });
    expect(microsteps.map(([{ value }]) => value)).toEqual(['b', 'c']);
    expect(lines).toEqual([]);
  });

  it('is another one with other implementations when it is provided with them', () => {
    const { lines, note } = notes();
    const machine = made(
      setup({ actions: { act: note('old') }, guards: { may: () => true } }).createMachine({
        on: { GO: { guard: 'may', actions: 'act' } },
      }),
    );
    const run = (machine: AnyStateMachine) => createActor(machine).start().send({ type: 'GO' });
    run(machine);
    run(machine.provide({ actions: { act: note('new') } }));
    run(machine.provide({ guards: { may: () => false } }));
    run(machine);
    expect(lines).toEqual(['old', 'new', 'old']);
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

  it('can be mended where it was persisted, without its other actors taking notice', () => {
    const turns = { states: { x: { on: { TURN: 'y' } }, y: {} } };
    const machine = made(
      createMachine({ initial: 'a', states: { a: { initial: 'x', ...turns }, b: {} } }),
    );
    const turned = () => {
      const actor = createActor(machine).start();
      actor.send({ type: 'TURN' });
      return actor;
    };
    const snapshot = turned().getPersistedSnapshot() as Snapshot<unknown> & { value: object };
    Object.assign(snapshot.value, { a: 'x' });
    expect(createActor(machine, { snapshot }).getSnapshot().value).toEqual({ a: 'x' });
    expect(turned().getSnapshot().value).toEqual({ a: 'y' });
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

  it('gives its actions to the executor of whoever puts a scope around it', () => {
    const { lines, note } = notes();
    const machine = made(
      createMachine({
        initial: 'a',
        states: {
          a: { on: { GO: { target: 'b', actions: note('run') } } },
          b: { entry: [{ type: 'missing' }, emit({ type: 'there' })] },
        },
      }),
    );
    type Step = (snapshot: unknown, event: unknown, scope: Scope) => unknown;
    const step = machine.transition as unknown as Step;
    const transition: Step = (snapshot, event, scope) => {
      const actionExecutor: Scope['actionExecutor'] = (action) => {
        lines.push(`executes ${action.type}`);
        scope.actionExecutor(action);
      };
      return step(snapshot, event, { ...scope, actionExecutor });
    };
    const actor = createActor({ ...machine, transition } as unknown as typeof machine);
    actor.on('there', note('heard'));
    actor.start();
    actor.send({ type: 'GO' });
    expect(lines).toEqual([
      'executes (anonymous)',
      'run',
      'executes missing',
      'executes xstate.emit',
      'heard',
    ]);
  });

  it('fails with the words of XState when an event has no proper type', () => {
    const failures = [{}, { type: null }, { type: 3 }].map((event) => {
      const actor = createActor(made(createMachine({})));
      actor.subscribe({ error: () => {} });
      actor.start().send(event as never);
      return (actor.getSnapshot().error as Error).message;
    });
    expect(failures).toEqual([
      "Cannot read properties of undefined (reading 'startsWith')",
      "Cannot read properties of null (reading 'startsWith')",
      'event.type.startsWith is not a function',
    ]);
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

  it('asks a guard once, also when it throws, and says which it was', () => {
    const may = vi.fn(() => {
      throw new Error('defect');
    });
    const machine = made(
      setup({ guards: { may } }).createMachine({ id: 'm', on: { GO: { guard: 'may' } } }),
    );
    const actor = createActor(machine);
    actor.subscribe({ error: () => {} });
    actor.start().send({ type: 'GO' });
    expect(may).toHaveBeenCalledOnce();
    expect(actor.getSnapshot().error).toEqual(
      new Error(
        "Unable to evaluate guard 'may' in transition for event 'GO' in state node 'm':\ndefect",
      ),
    );
  });

  it('is routed to a state that says it can be', () => {
    const machine = made(
      createMachine({ initial: 'a', states: { a: {}, b: { id: 'there', route: {} } } }),
    ) as AnyStateMachine;
    const actor = createActor(machine).start();
    actor.send({ type: 'xstate.route', to: '#there' });
    expect(actor.getSnapshot().value).toBe('b');
  });

  it('does not go round for ever when it is bounded', () => {
    const machine = made(
      createMachine({
        options: { maxIterations: 10 },
        initial: 'a',
        states: { a: { on: { GO: 'b' } }, b: { always: 'c' }, c: { always: 'b' } },
      }),
    );
    const actor = createActor(machine);
    actor.subscribe({ error: () => {} });
    actor.start().send({ type: 'GO' });
    expect(actor.getSnapshot()).toMatchObject({
      status: 'error',
      error: { message: expect.stringContaining('more than 10 microsteps') },
    });
  });

  it('can be walked through by model-based tests', () => {
    const machine = made(
      createMachine({
        initial: 'a',
        states: { a: { on: { GO: 'b' } }, b: { on: { GO: 'c', BACK: 'a' } }, c: {} },
      }),
    );
    const walks = getShortestPaths(machine).map(({ state, steps }) => [
      state.value,
      steps.map(({ event }) => event.type),
    ]);
    expect(walks).toEqual([
      ['a', ['xstate.init']],
      ['b', ['xstate.init', 'GO']],
      ['c', ['xstate.init', 'GO', 'GO']],
    ]);
  });
});
