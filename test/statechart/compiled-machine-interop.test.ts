import { describe, expect, it } from 'vitest';
import {
  type AnyStateMachine,
  createActor,
  createMachine,
  emit,
  getMicrosteps,
  getNextSnapshot,
  type InspectionEvent,
  initialTransition,
  raise,
  type Snapshot,
  setup,
  spawnChild,
  transition,
} from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import type { Scope } from '../../src/statechart/xstate-internals.ts';
import { KINDS, notes } from './machine-kinds.ts';

describe.each(KINDS)('a %s machine', (_kind, made) => {
  it('tells its first snapshot to a scope that is made up', () => {
    const machine = made(createMachine({ initial: 'a', states: { a: {} } }));
    expect(machine.getInitialSnapshot({} as never).value).toBe('a');
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
});
