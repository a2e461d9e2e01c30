import { Actor, type AnyActorLogic, type AnyActorRef, type EventObject } from 'xstate';
import { failWithChildren } from './failure.ts';
import { guardedOn, guardedSubscribe } from './guarded.ts';
import { stopInTurn } from './run-queue.ts';
import { TIMERS, type TimerBook, type TimerOwner } from './timers.ts';
import type { ActorFields, Mailbox, Scope, System, SystemActor } from './xstate-internals.ts';

/** A class, not a literal: what long-lived literals are made of, V8 takes for old from their birth. */
class ChildOptions {
  readonly parent: AnyActorRef;
  readonly id: string;
  readonly input: unknown;

  constructor(parent: AnyActorRef, id: string, input: unknown) {
    this.parent = parent;
    this.id = id;
    this.input = input;
  }
}

/**
 * An actor of a compiled machine, as `createActor(machine, { parent, id, input })` makes it, at a
 * third of the cost: it has what XState's constructor sets, but what most children never use (observers,
 * listeners, the closures of its scope) is shared by all or made when it is asked for. It inherits
 * all that an actor does; only the constructor, which could not be avoided by `extends`, is not run.
 */
export class ChildActor implements ActorFields, TimerOwner {
  declare readonly logic: AnyActorLogic;
  declare _snapshot: unknown;
  declare clock: unknown;
  declare readonly options: ChildOptions;
  declare readonly id: string;
  declare mailbox: object;
  declare observers: Set<unknown>;
  declare eventListeners: Map<string, Set<Listener>>;
  declare logger: unknown;
  declare _processingStatus: 0 | 1 | 2;
  declare readonly _parent: AnyActorRef;
  declare readonly _syncSnapshot: boolean | undefined;
  declare readonly ref: this;
  declare readonly _actorScope: ChildScope;
  declare systemId: string | undefined;
  declare readonly sessionId: string;
  declare readonly system: System;
  declare _doneEvent: EventObject | undefined;
  declare readonly src: AnyActorLogic;
  declare readonly _deferred: (() => void)[];
  declare readonly send: (event: EventObject) => void;
  declare [TIMERS]: TimerBook | undefined;
  // Inherited.
  declare readonly _process: (event: EventObject) => void;
  declare readonly _initState: (persisted: undefined) => void;

  constructor(logic: AnyActorLogic, parent: AnyActorRef, id: string, input: unknown) {
    const { constructor: OwnMailbox } = (parent as unknown as { mailbox: Mailbox }).mailbox;
    const system = parent.system as unknown as System;
    // In XState's order, so that all actors look alike.
    this.logic = logic;
    this._snapshot = undefined;
    this.clock = system._clock;
    this.options = new ChildOptions(parent, id, input);
    this.id = id;
    this.mailbox = new OwnMailbox(this._process.bind(this));
    this.observers = NOBODY;
    this.eventListeners = NO_LISTENERS;
    this.logger = system._logger;
    this._processingStatus = 0;
    this._parent = parent;
    this._syncSnapshot = undefined;
    this.ref = this;
    this.systemId = undefined;
    this.sessionId = system._bookId();
    this.system = system;
    this._doneEvent = undefined;
    this.src = logic;
    this._deferred = [];
    this._actorScope = new ChildScope(this);
    this.send = this.send.bind(this);
    this[TIMERS] = undefined;
    system._sendInspectionEvent({ type: '@xstate.actor', actorRef: this });
    this._initState(undefined);
  }

  subscribe(...observer: Parameters<typeof guardedSubscribe>): ReturnType<typeof guardedSubscribe> {
    if (this.observers === NOBODY) this.observers = new Set();
    return guardedSubscribe.apply(this as never, observer);
  }

  _error(error: unknown): void {
    failWithChildren.call(this as never, error);
  }

  on(...listener: Parameters<typeof guardedOn>): ReturnType<typeof guardedOn> {
    if (this.eventListeners === NO_LISTENERS) this.eventListeners = new Map();
    return guardedOn.apply(this as never, listener);
  }
}

Object.setPrototypeOf(ChildActor.prototype, Actor.prototype);

type Listener = (event: EventObject) => void;

/** The observers of everybody that has none. */
class Nobody extends Set<unknown> {
  override add(): never {
    throw new Error('the set of no observers was added to: XState has a new way to subscribe');
  }

  override clear(): void {}
}

class NoListeners extends Map<string, Set<Listener>> {
  override set(): never {
    throw new Error('the map of no listeners was added to: XState has a new way to listen');
  }

  override clear(): void {}
}

const NOBODY = new Nobody();
const NO_LISTENERS = new NoListeners();

/** An actor as its logic sees it: XState makes four closures for it. */
class ChildScope implements Scope {
  readonly self: ChildActor;
  readonly id: string;
  readonly sessionId: string;
  readonly logger: unknown;
  readonly system: System;
  #execute: Scope['actionExecutor'] | undefined;

  constructor(self: ChildActor) {
    this.self = self;
    this.id = self.id;
    this.sessionId = self.sessionId;
    this.logger = self.logger;
    this.system = self.system;
  }

  defer(effect: () => void): void {
    this.self._deferred.push(effect);
  }

  stopChild(child: AnyActorRef): void {
    if (child._parent !== (this.self as unknown)) {
      // In XState's words.
      throw new Error(
        `Cannot stop child actor ${child.id} of ${this.id} because it is not a child`,
      );
    }
    stopInTurn(child as unknown as SystemActor);
  }

  /** Its listeners are guarded: none of them throws. */
  emit(event: EventObject): void {
    const { eventListeners } = this.self;
    if (eventListeners === NO_LISTENERS) return;
    const listeners = eventListeners.get(event.type) ?? [];
    // All that listen now, whatever they do.
    for (const listen of [...listeners, ...(eventListeners.get('*') ?? [])]) listen(event);
  }

  /** A function of its own: XState calls it unbound, and puts another in its place for each step. */
  get actionExecutor(): Scope['actionExecutor'] {
    this.#execute ??= (action) => this.#run(action);
    return this.#execute;
  }

  set actionExecutor(executor) {
    this.#execute = executor;
  }

  #run({ type, params, info, exec }: Parameters<Scope['actionExecutor']>[0]): void {
    const { self, system } = this;
    const effect = () => {
      const action = { type, params };
      system._sendInspectionEvent({ type: '@xstate.action', actorRef: self, action });
      exec?.(info, params);
    };
    if (self._processingStatus === 1) effect();
    else self._deferred.push(effect);
  }
}
