import { describe, expect, it, vi } from 'vitest';
import { type AnyActorLogic, createActor, createMachine, emit } from 'xstate';
import { compile, spawnActor } from '../../src/statechart/index.ts';
import type { Mailbox, Scope, Target } from '../../src/statechart/xstate-internals.ts';
import { idle, systemOf } from './xstate-internals-fixtures.ts';

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
