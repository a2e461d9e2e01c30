import { describe, expect, it, vi } from 'vitest';
import {
  type AnyActorRef,
  and,
  assign,
  cancel,
  createActor,
  createMachine,
  emit,
  enqueueActions,
  log,
  not,
  or,
  raise,
  sendTo,
  spawnChild,
  stateIn,
  stopChild,
} from 'xstate';
import type {
  ActionFunction,
  GuardFunction,
  Target,
} from '../../src/statechart/xstate-internals.ts';
import { idle, made } from './xstate-internals-fixtures.ts';

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
