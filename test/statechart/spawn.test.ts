import { describe, expect, it } from 'vitest';
import {
  Actor,
  type AnyActorLogic,
  createMachine,
  fromCallback,
  fromPromise,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import {
  compile,
  rootActor,
  spawnActor,
  stopActor,
  withChildExits,
} from '../../src/statechart/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { until } from '../support/until.ts';
import { childMachine, parentMachine } from './family.ts';

function family(machine = childMachine) {
  const clock = new VirtualClock();
  const heard: { readonly id: string }[] = [];
  const errors: unknown[] = [];
  const root = rootActor(
    withChildExits(parentMachine, (exit) => exit),
    { id: 'root', input: { heard }, clock, onError: (error) => errors.push(error) },
  );
  root.start();
  const spawn = (id: string) => {
    const child = spawnActor(machine, { parent: root, id, input: { name: id } });
    child.start();
    return child;
  };
  return { clock, root, heard, errors, spawn };
}

describe.each([
  ['stock', childMachine],
  ['compiled', compile(childMachine)],
] as const)('%s:', (_kind, machine) => {
  describe('spawnActor', () => {
    it('makes a child that is given its input and has its parent', () => {
      const { root, spawn } = family(machine);
      const child = spawn('a');
      expect(child.id).toBe('a');
      expect(child.getSnapshot().context).toEqual({ name: 'a' });
      expect(child._parent).toBe(root);
      expect(child.system).toBe(root.system);
    });

    it('leaves the start to its caller', () => {
      const { root } = family(machine);
      const child = spawnActor(machine, { parent: root, id: 'a', input: { name: 'a' } });
      child.send({ type: 'DONE' });
      expect(child.getSnapshot().status).toBe('active');
      child.start();
      expect(child.getSnapshot().status).toBe('done');
    });

    it('makes an actor like any other: an instance of XState’s, whose `send` may be detached', () => {
      const { root } = family(machine);
      const child = spawnActor(machine, {
        parent: root,
        id: 'a',
        input: { name: 'a' },
      });
      child.start();
      expect(child).toBeInstanceOf(Actor);
      const { send } = child;
      send({ type: 'DONE' });
      expect(child.getSnapshot().status).toBe('done');
    });

    it('makes it of any logic', async () => {
      const { root, heard } = family(machine);
      spawnActor(fromPromise(async () => 'kept') as AnyActorLogic, {
        parent: root,
        id: 'promise',
        input: undefined,
      }).start();
      await until(() => heard.length > 0);
      expect(heard).toMatchObject([{ id: 'promise', output: 'kept' }]);
    });

    it("does not write into the parent's table of children", () => {
      const { root, spawn } = family(machine);
      spawn('a');
      expect(root.getSnapshot().children).toEqual({});
    });

    it('tells the parent when the child ends', () => {
      const { heard, errors, spawn } = family(machine);
      spawn('a').send({ type: 'DONE' });
      spawn('b').send({ type: 'FAIL', error: new Error('defect') });
      expect(heard.map(({ id }) => id)).toEqual(['a', 'b']);
      expect(errors).toEqual([]);
    });
  });

  describe('stopActor', () => {
    it('stops a child, of which the parent then hears nothing', () => {
      const { heard, spawn } = family(machine);
      const child = spawn('a');
      stopActor(child);
      expect(child.getSnapshot().status).toBe('stopped');
      child.send({ type: 'DONE' });
      expect(heard).toEqual([]);
    });

    it('may be asked again', () => {
      const { spawn } = family(machine);
      const child = spawn('a');
      stopActor(child);
      expect(() => stopActor(child)).not.toThrow();
    });
  });
});

describe('rootActor', () => {
  const timed = setup({
    types: {
      input: {} as { readonly wait: number },
      context: {} as { readonly wait: number },
      events: {} as { readonly type: 'STOP' } | { readonly type: 'FAIL' },
    },
    delays: { wait: ({ context }) => context.wait },
    actions: {
      fail: () => {
        throw new Error('defect');
      },
    },
  }).createMachine({
    context: ({ input }) => input,
    initial: 'waiting',
    states: {
      waiting: { after: { wait: 'over' }, on: { STOP: 'stopped', FAIL: { actions: 'fail' } } },
      over: { type: 'final' },
      stopped: { type: 'final' },
    },
  });

  function root(wait: number) {
    const clock = new VirtualClock();
    const errors: unknown[] = [];
    const actor = rootActor(timed, {
      id: 'timed',
      input: { wait },
      clock,
      onError: (error) => errors.push(error),
    });
    actor.start();
    return { clock, actor, errors };
  }

  it('knows the time by its clock only', async () => {
    const { clock, actor } = root(50);
    await clock.advance(49);
    expect(actor.getSnapshot().value).toBe('waiting');
    await clock.advance(1);
    expect(actor.getSnapshot().value).toBe('over');
  });

  it('takes its timers back when it ends', () => {
    const { clock, actor } = root(50);
    expect(clock.pending).toBe(1);
    actor.send({ type: 'STOP' });
    expect(clock.pending).toBe(0);
  });

  it('frees the system id of a child that has one', () => {
    const { root: parent } = family();
    const named = compile(
      createMachine({
        entry: spawnChild(createMachine({}), { id: 'kid', systemId: 'the one' } as never),
        on: { STOP: { actions: stopChild('kid') } },
      }),
    );
    const { system } = parent;
    const actor = spawnActor(named, { parent, id: 'named', input: undefined }).start();
    expect(system.get('the one')?.id).toBe('kid');
    actor.send({ type: 'STOP' });
    expect(system.get('the one')).toBeUndefined();
  });

  it('gives its clock to its children', async () => {
    const { clock, root: parent } = family();
    const child = spawnActor(timed, { parent, id: 'timed', input: { wait: 5 } });
    child.start();
    await clock.advance(5);
    expect(child.getSnapshot().value).toBe('over');
  });

  it('tells of its own failure, which is then nobody else’s', () => {
    const { actor, errors } = root(50);
    actor.send({ type: 'FAIL' });
    expect(errors).toEqual([expect.objectContaining({ message: 'defect' })]);
    expect(actor.getSnapshot().status).toBe('error');
  });
});

describe('an actor that fails', () => {
  function open() {
    const log: string[] = [];
    const kid = fromCallback(() => () => void log.push('cleaned up'));
    const machine = setup({ actors: { kid } }).createMachine({
      invoke: { src: 'kid', id: 'kid', systemId: 'the kid' },
      on: {
        FAIL: {
          actions: () => {
            throw new Error('defect');
          },
        },
      },
    });
    const errors: unknown[] = [];
    const root = rootActor(createMachine({ on: { '*': {} } }), {
      id: 'root',
      input: undefined,
      clock: new VirtualClock(),
      onError: (error) => errors.push(error),
    }).start();
    return { log, machine, root, errors };
  }

  it.each(['stock', 'compiled'])('takes its own children with it: %s', (kind) => {
    const { log, machine, root, errors } = open();
    const logic = kind === 'stock' ? machine : compile(machine);
    const make = () => spawnActor(logic, { parent: root, id: 'a', input: undefined }).start();
    const first = make();
    const kid = root.system.get('the kid');
    first.send({ type: 'FAIL' });
    expect(first.getSnapshot()).toMatchObject({ status: 'error', error: { message: 'defect' } });
    expect(log).toEqual(['cleaned up']);
    // Its successor can have the system id.
    expect(root.system.get('the kid')).toBeUndefined();
    expect(make().getSnapshot().status).toBe('active');
    expect(root.system.get('the kid')).not.toBe(kid);
    expect(errors).toEqual([]);
  });

  it('may be a root, or a callback that throws as it receives', () => {
    const { log, machine, root } = open();
    const errors: unknown[] = [];
    const alone = rootActor(machine, {
      id: 'alone',
      input: undefined,
      clock: new VirtualClock(),
      onError: (error) => errors.push(error),
    }).start();
    alone.send({ type: 'FAIL' });
    expect(log).toEqual(['cleaned up']);
    expect(errors).toMatchObject([{ message: 'defect' }]);
    const callback = fromCallback(({ receive }) => {
      receive(() => {
        throw new Error('bad receiver');
      });
      return () => void log.push('closed');
    });
    const actor = spawnActor(callback, { parent: root, id: 'c', input: undefined }).start();
    actor.send({ type: 'X' });
    expect(actor.getSnapshot().status).toBe('error');
    expect(log).toEqual(['cleaned up', 'closed']);
  });
});

describe('a stop', () => {
  it.each(['stock', 'compiled'])('comes after what was sent before it: %s', (kind) => {
    const log: string[] = [];
    const kid = fromCallback(({ receive }) => {
      receive(({ type }) => log.push(type));
      return () => void log.push('stopped');
    });
    const machine = setup({ actors: { kid } }).createMachine({
      initial: 'a',
      states: {
        a: {
          invoke: { src: 'kid', id: 'kid' },
          exit: sendTo('kid', { type: 'FLUSH' }),
          on: { LEAVE: 'b' },
        },
        b: {
          entry: spawnChild('kid', { id: 'other' }),
          on: { STOP: { actions: [sendTo('other', { type: 'BYE' }), stopChild('other')] } },
        },
      },
    });
    const dead: unknown[] = [];
    const root = rootActor(createMachine({}), {
      id: 'root',
      input: undefined,
      clock: new VirtualClock(),
      onError: () => {},
      onDeadLetter: (letter) => dead.push(letter),
    }).start();
    const logic = kind === 'stock' ? machine : compile(machine);
    const actor = spawnActor(logic, { parent: root, id: 'a', input: undefined }).start();
    actor.send({ type: 'LEAVE' });
    expect(log).toEqual(['FLUSH', 'stopped']);
    actor.send({ type: 'STOP' });
    expect(log).toEqual(['FLUSH', 'stopped', 'BYE', 'stopped']);
    expect(dead).toEqual([]);
  });
});
