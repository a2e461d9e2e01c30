import { describe, expect, it, vi } from 'vitest';
import {
  type AnyActorLogic,
  type AnyActorRef,
  type AnyStateMachine,
  and,
  assign,
  cancel,
  createActor,
  createMachine,
  emit,
  enqueueActions,
  fromPromise,
  type InspectionEvent,
  log,
  not,
  or,
  raise,
  SimulatedClock,
  sendTo,
  setup,
  spawnChild,
  stateIn,
  stopChild,
} from 'xstate';
import { compile, spawnActor } from '../../src/statechart/index.ts';
import {
  type ActionFunction,
  type GuardFunction,
  isInspected,
  type Mailbox,
  type Node,
  type Scheduler,
  type Scope,
  type Snapshot,
  type System,
  type Target,
} from '../../src/statechart/xstate-internals.ts';

/**
 * What `src/statechart/xstate-internals.ts` takes for granted, asked of the installed XState. A test
 * that fails here names what a new version changed.
 */

const idle = createMachine({});

function systemOf(actor: AnyActorRef): System {
  return actor.system as unknown as System;
}

function snapshotOf(actor: AnyActorRef): Snapshot {
  return actor.getSnapshot();
}

/** What a function carries. */
function made(action: unknown): object {
  return { ...(action as object) };
}

/** The scope that XState gives to the logic of an actor, and the actor. */
function scoped() {
  let scope: Scope | undefined;
  const effects: (() => void)[] = [];
  const first = { status: 'active', output: undefined, error: undefined, children: {} };
  const logic = {
    getInitialSnapshot: (given: unknown) => {
      scope = given as Scope;
      return first;
    },
    transition: (snapshot: object) => {
      for (const effect of effects) effect();
      return snapshot;
    },
    getPersistedSnapshot: (snapshot: object) => snapshot,
  };
  const actor = createActor(logic as unknown as AnyActorLogic);
  return { actor, scope: scope as unknown as Scope, effects };
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

describe('built-in guards', () => {
  const functions = [and([]), or([]), not('x'), stateIn('#m')] as unknown as GuardFunction[];

  it('are functions that carry a check', () => {
    for (const guard of functions) expect(guard.check).toBeTypeOf('function');
  });

  it('are checked with the snapshot, the arguments and themselves', () => {
    const guard = stateIn('#m') as unknown as { check: GuardFunction['check'] };
    const check = vi.fn<NonNullable<GuardFunction['check']>>(() => true);
    guard.check = check;
    const actor = createActor(createMachine({ context: {}, on: { A: { guard: guard as never } } }));
    const before = actor.start().getSnapshot();
    actor.send({ type: 'A' });
    expect(check.mock.calls).toEqual([[before, { context: {}, event: { type: 'A' } }, guard]]);
  });
});

describe('built-in actions', () => {
  const self = ({ self }: { self: AnyActorRef }) => self;
  const actions = {
    assign: assign({}),
    cancel: cancel('x'),
    emit: emit({ type: 'x' } as never),
    enqueueActions: enqueueActions(({ enqueue }) => enqueue('x')),
    log: log('x'),
    raise: raise({ type: 'x' } as never),
    sendTo: sendTo(self as never, { type: 'x' } as never),
    spawnChild: spawnChild(idle, { id: 'kid' } as never),
    stopChild: stopChild('kid'),
  } as unknown as Record<string, ActionFunction>;
  type Resolve = NonNullable<ActionFunction['resolve']>;

  /** How XState resolves an action that stands on an event. */
  function resolved(action: ActionFunction) {
    const { resolve } = action as { resolve: Resolve };
    const spy = vi.fn(resolve);
    Object.assign(action, { resolve: spy });
    const machine = createMachine({ on: { A: { actions: action as never } } });
    const actor = createActor(machine, { logger: () => {} }).start();
    actor.send({ type: 'A' });
    Object.assign(action, { resolve });
    const call = spy.mock.calls[0] as Parameters<Resolve>;
    const result = spy.mock.results[0]?.value as ReturnType<Resolve>;
    return { actor, call, result };
  }

  it('are functions that carry their type and how they resolve', () => {
    for (const [name, action] of Object.entries(actions)) {
      expect(action).toBeTypeOf('function');
      expect(action.type).toBe(`xstate.${name}`);
      expect(action.resolve).toBeTypeOf('function');
    }
  });

  it('execute, but for those that only resolve', () => {
    const executing = Object.entries(actions).filter(([, action]) => action.execute !== undefined);
    const names = executing.map(([name]) => name);
    expect(names).toEqual(['cancel', 'emit', 'log', 'raise', 'sendTo', 'spawnChild', 'stopChild']);
  });

  it.each(Object.keys(actions))('resolve with what the engine gives them: %s', (name) => {
    const action = actions[name] as ActionFunction;
    const { actor, call, result } = resolved(action);
    const [scope, snapshot, args, params, itself, extra] = call;
    expect(call).toHaveLength(6);
    expect(scope.self).toBe(actor);
    expect(snapshot._nodes).toEqual([actor.logic.root]);
    expect(Object.keys(args).sort()).toEqual(['context', 'event', 'self', 'system']);
    expect(params).toBeUndefined();
    expect(itself).toBe(action);
    expect(extra).toMatchObject({ internalQueue: [], deferredActorIds: undefined });
    expect(result).toHaveLength(3);
    expect(Object.keys(result[0])).toEqual(Object.keys(snapshot));
  });

  it('copy the snapshot, some even when they leave it as it is', () => {
    const copying = Object.keys(actions).filter((name) => {
      const { call, result } = resolved(actions[name] as ActionFunction);
      return result[0] !== call[1];
    });
    expect(copying).toEqual(['assign', 'spawnChild', 'stopChild']);
  });

  it('ask for more actions only when they enqueue them', () => {
    const asking = Object.keys(actions).filter(
      (name) => resolved(actions[name] as ActionFunction).result[2] !== undefined,
    );
    expect(asking).toEqual(['enqueueActions']);
  });

  it('carry what they are made of', () => {
    const update = () => ({});
    expect(made(assign(update))).toMatchObject({ assignment: update });
    expect(made(assign({ n: 1 } as never))).toMatchObject({ assignment: { n: 1 } });
    const raised = raise({ type: 'x' } as never, { id: 'y', delay: 7 });
    expect(made(raised)).toMatchObject({ event: { type: 'x' }, id: 'y', delay: 7 });
    expect(made(cancel('y'))).toMatchObject({ sendId: 'y' });
  });

  it('raise at once as they resolve, unless there is a delay', () => {
    const raisedBy = (action: unknown) => {
      const internalQueue: { type: string }[] = [];
      const { call } = resolved(action as ActionFunction);
      const { resolve } = action as { resolve: Resolve };
      const [scope, snapshot, args, params, itself] = call;
      resolve(scope, snapshot, args, params, itself, {
        internalQueue,
        deferredActorIds: undefined,
      });
      return internalQueue;
    };
    expect(raisedBy(raise({ type: 'x' } as never))).toEqual([{ type: 'x' }]);
    expect(raisedBy(raise({ type: 'x' } as never, { delay: 0 }))).toEqual([]);
  });

  it('give a spawner to assigners, which makes a child that starts after the step', () => {
    const seen: unknown[] = [];
    const machine = createMachine({
      on: {
        A: {
          actions: assign(({ spawn, ...args }) => {
            seen.push(Object.keys(args).sort());
            const child = spawn(idle, { id: 'kid' }) as unknown as Target;
            seen.push(child._processingStatus);
            return {};
          }),
        },
      },
    });
    const actor = createActor(machine).start();
    actor.send({ type: 'A' });
    const { kid } = actor.getSnapshot().children as Record<string, unknown>;
    expect(seen).toEqual([['context', 'event', 'self', 'system'], 0]);
    expect((kid as Target)._processingStatus).toBe(1);
  });
});

describe("an actor's scope", () => {
  it('knows its actor and the system', () => {
    const { actor, scope } = scoped();
    expect(scope.self).toBe(actor);
    expect(scope.system).toBe(actor.system);
  });

  it('is kept by its actor', () => {
    const { actor, scope } = scoped();
    expect((actor as unknown as Scope['self'])._actorScope).toBe(scope);
  });

  it('keeps actions until the start, and runs them at once from then on', () => {
    const { actor, scope } = scoped();
    const exec = vi.fn();
    const action = { type: 'x', info: { some: 'info' }, params: { some: 'params' }, exec };
    scope.actionExecutor(action);
    expect(exec).not.toHaveBeenCalled();
    actor.start();
    expect(exec.mock.calls).toEqual([[action.info, action.params]]);
    scope.actionExecutor(action);
    expect(exec).toHaveBeenCalledTimes(2);
    scope.actionExecutor({ ...action, exec: undefined });
  });

  it('defers an effect until the step is made', () => {
    const { actor, scope, effects } = scoped();
    const order: string[] = [];
    effects.push(
      () => scope.defer(() => order.push('effect')),
      () => order.push('step'),
    );
    actor.start();
    actor.send({ type: 'A' });
    expect(order).toEqual(['step', 'effect']);
  });

  it("stops its actor's children, and no others", () => {
    const { actor, scope } = scoped();
    actor.start();
    const child = createActor(idle, { parent: actor } as never).start();
    scope.stopChild(child);
    expect(child.getSnapshot().status).toBe('stopped');
    expect(() => scope.stopChild(createActor(idle))).toThrow('not a child');
  });
});

describe('an actor', () => {
  it('is made with these fields, of which a child of our own making has every one', () => {
    const parent = createActor(idle).start();
    const stock = createActor(idle, { parent, id: 'kid', input: 1 } as never);
    const own = spawnActor(compile(idle) as AnyActorLogic, { parent, id: 'kid', input: 1 });
    expect(Object.keys(own).sort()).toEqual(Object.keys(stock).sort());
    const kinds = (actor: object) =>
      Object.entries(actor).map(([name, value]) => [name, value === null ? 'null' : typeof value]);
    expect(Object.fromEntries(kinds(own))).toEqual(Object.fromEntries(kinds(stock)));
    const scopeOf = (actor: object) => (actor as { _actorScope: Scope })._actorScope;
    for (const name of Object.keys(scopeOf(stock)) as (keyof Scope)[]) {
      expect(typeof scopeOf(own)[name], name).toBe(typeof scopeOf(stock)[name]);
    }
  });

  it('has mail of a class that is made with what handles an event', () => {
    const { mailbox } = createActor(idle) as unknown as { mailbox: Mailbox };
    const handled: unknown[] = [];
    const made = new mailbox.constructor((event) => handled.push(event)) as {
      start(): void;
      enqueue(event: object): void;
    };
    made.start();
    made.enqueue({ type: 'A' });
    expect(handled).toEqual([{ type: 'A' }]);
  });

  it('says how far it is: not started, running, stopped', () => {
    const actor = createActor(idle);
    const { _processingStatus: before } = actor as unknown as Target;
    const { _processingStatus: during } = actor.start() as unknown as Target;
    const { _processingStatus: after } = actor.stop() as unknown as Target;
    expect([before, during, after]).toEqual([0, 1, 2]);
  });

  it('is stopped when it is done', () => {
    const actor = createActor(createMachine({ type: 'final' })).start();
    expect((actor as unknown as Target)._processingStatus).toBe(2);
  });

  it('is sent an event past its system', () => {
    const actor = createActor(createMachine({ on: { A: { actions: emit({ type: 'heard' }) } } }));
    const heard = vi.fn();
    actor.on('heard' as never, heard);
    actor.start();
    systemOf(actor)._relay = () => {
      throw new Error('not through here');
    };
    (actor as unknown as Target)._send({ type: 'A' });
    expect(heard).toHaveBeenCalledOnce();
  });

  it('is stopped by its parent with `_stop`, as `stop` is for a root', () => {
    const parent = createActor(idle).start();
    const child = createActor(idle, { parent } as never).start();
    expect(() => child.stop()).toThrow('non-root');
    (child as unknown as Target)._stop();
    expect(child.getSnapshot().status).toBe('stopped');
  });
});

describe('a system', () => {
  it('has the clock and the logger of its root, and session ids', () => {
    const clock = new SimulatedClock();
    const logger = () => {};
    const actor = createActor(idle, { clock, logger });
    const { _clock, _logger, _bookId } = systemOf(actor);
    expect([_clock, _logger]).toEqual([clock, logger]);
    expect(_bookId()).not.toBe(_bookId());
  });

  it('registers what starts, and frees system ids of what stops', () => {
    const actor = createActor(idle, { systemId: 'named' });
    const system = systemOf(actor);
    const calls: unknown[] = [];
    const { _unregister } = system;
    system._register = (sessionId, registered) => {
      calls.push([sessionId, registered]);
      return sessionId;
    };
    system._unregister = (left) => {
      calls.push(left);
      _unregister(left);
    };
    actor.start();
    expect(actor.system.get('named')).toBe(actor);
    actor.stop();
    expect(calls).toEqual([[actor.sessionId, actor], actor]);
    expect(actor.system.get('named')).toBeUndefined();
  });

  const family = () =>
    createMachine({
      id: 'family',
      invoke: [
        {
          id: 'kid',
          src: createMachine({ on: { A: '.off' }, initial: 'on', states: { on: {}, off: {} } }),
        },
        { id: 'promise', src: fromPromise(async () => 'kept') },
        { id: 'broken', src: fromPromise(async () => Promise.reject(new Error('broken'))) },
      ],
      after: { 5: { actions: [] } },
      on: { SEND: { actions: sendTo('kid', { type: 'A' }) }, '*': { actions: [] } },
    });

  it('relays every event: what is sent from outside and inside, timers, ends of children', async () => {
    const clock = new SimulatedClock();
    const actor = createActor(family(), { clock, id: 'it' });
    actor.subscribe({ error: () => {} });
    const system = systemOf(actor);
    const relayed: string[] = [];
    const { _relay } = system;
    system._relay = (source, target, event) => {
      // A promise hears of its end in the same way.
      const own = event.type.startsWith('xstate.promise.');
      const { id } = target as unknown as AnyActorRef;
      if (!own) relayed.push(`${event.type} to ${id}`);
      _relay(source, target, event);
    };
    actor.start();
    actor.send({ type: 'SEND' });
    clock.increment(5);
    await vi.waitFor(() => expect(relayed).toHaveLength(5));
    expect(relayed).toEqual([
      'SEND to it',
      'A to kid',
      'xstate.after.5.family to it',
      'xstate.done.actor.promise to it',
      'xstate.error.actor.broken to it',
    ]);
  });

  it('schedules by the scheduler that it has at the time', () => {
    const actor = createActor(
      createMachine({
        id: 'm',
        after: { 5: { actions: [] } },
        on: {
          RAISE: { actions: raise({ type: 'D' }, { id: 'd', delay: 7 }) },
          SEND: { actions: sendTo(({ self }) => self, { type: 'E' }, { delay: 9 }) },
          CANCEL: { actions: cancel('d') },
        },
      }),
    );
    const calls: unknown[][] = [];
    const scheduler: Scheduler = {
      schedule: (...args) => calls.push(['schedule', ...args]),
      cancel: (...args) => calls.push(['cancel', ...args]),
      cancelAll: (...args) => calls.push(['cancelAll', ...args]),
    };
    systemOf(actor).scheduler = scheduler;
    actor.start();
    for (const type of ['RAISE', 'SEND', 'CANCEL'] as const) actor.send({ type });
    actor.stop();
    const after = 'xstate.after.5.m';
    expect(calls).toEqual([
      ['schedule', actor, actor, { type: after }, 5, after],
      ['schedule', actor, actor, { type: 'D' }, 7, 'd'],
      ['schedule', actor, actor, { type: 'E' }, 9, undefined],
      ['cancel', actor, 'd'],
      ['cancelAll', actor],
    ]);
  });

  it('does not touch what it is to tell inspectors while there are none', () => {
    const system = systemOf(createActor(idle));
    const untouchable = new Proxy({}, new Proxy({}, { get: () => () => expect.unreachable() }));
    expect(() => system._sendInspectionEvent(untouchable)).not.toThrow();
  });

  it('tells inspectors a copy', () => {
    const told = vi.fn<(event: InspectionEvent) => void>();
    const actor = createActor(idle, { inspect: told });
    told.mockClear();
    const event = { type: '@xstate.event', some: 'thing' };
    systemOf(actor)._sendInspectionEvent(event);
    expect(told.mock.calls).toEqual([[{ ...event, rootId: actor.sessionId }]]);
    expect(told.mock.calls[0]?.[0]).not.toBe(event);
  });
});

describe('isInspected', () => {
  it('is false while nobody inspects, and true from when somebody does until he ceases', () => {
    const actor = createActor(idle).start();
    const system = systemOf(actor);
    expect(isInspected(system)).toBe(false);
    const first = actor.system.inspect(() => {});
    const second = actor.system.inspect({});
    expect(isInspected(system)).toBe(true);
    first.unsubscribe();
    expect(isInspected(system)).toBe(true);
    second.unsubscribe();
    expect(isInspected(system)).toBe(false);
  });

  it('is not noticed by inspectors', () => {
    const told = vi.fn();
    const actor = createActor(idle, { inspect: told });
    told.mockClear();
    expect(isInspected(systemOf(actor))).toBe(true);
    expect(told).not.toHaveBeenCalled();
  });

  it('does not hide an error that is not its own', () => {
    const defect = new Error('defect');
    const system = systemOf(createActor(idle));
    system._sendInspectionEvent = () => {
      throw defect;
    };
    expect(() => isInspected(system)).toThrow(defect);
  });
});
