import type {
  AnyActorLogic,
  AnyActorRef,
  AnyMachineSnapshot,
  EventObject,
  Subscription,
} from 'xstate';

/**
 * What the engine knows of XState beyond its public API, all in one place. Each is named with why it
 * is needed; `test/statechart/xstate-internals-*.test.ts` fail when a new version changes one, and
 * the dependency is pinned to the minor.
 */

/** A state node's own tables, already resolved by XState: what a plan is made from. */
export interface Node {
  readonly id: string;
  readonly key: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Document order: states are exited from high to low, entered from low to high. */
  readonly order: number;
  readonly parent: Node | undefined;
  readonly states: Readonly<Record<string, Node>>;
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly always: readonly Transition[] | undefined;
  readonly initial: { readonly target: readonly Node[]; readonly actions: readonly Action[] };
  readonly entry: readonly Action[];
  readonly exit: readonly Action[];
  readonly invoke: readonly unknown[];
  readonly tags: readonly string[];
  readonly output: unknown;
}

export interface Transition {
  readonly source: Node;
  readonly target: readonly Node[] | undefined;
  readonly reenter: boolean;
  readonly guard: Guard | undefined;
  readonly actions: readonly Action[];
}

type Args = Record<string, unknown>;

/** An implementation by its name, and what it is given. */
interface Named {
  readonly type: string;
  readonly params?: unknown;
}

export type Guard = string | Named | GuardFunction;
/** `and`, `or`, `not` and `stateIn` are functions that carry a `check`. */
export interface GuardFunction {
  (args: Args, params: unknown): boolean;
  readonly check?: (snapshot: AnyMachineSnapshot, args: Args, guard: GuardFunction) => boolean;
}

export type Action = string | Named | ActionFunction;
/** Built-in actions are functions that carry how they resolve and execute. */
export interface ActionFunction {
  (args: Args, params: unknown): void;
  readonly type?: string;
  readonly resolve?: (
    scope: Scope,
    snapshot: AnyMachineSnapshot,
    args: Args,
    params: unknown,
    action: ActionFunction,
    extra: { readonly internalQueue: EventObject[]; readonly deferredActorIds: undefined },
  ) => readonly [AnyMachineSnapshot, unknown, readonly Action[] | undefined];
  readonly execute?: (scope: Scope, params: unknown) => void;
  /** Of `assign`. */
  readonly assignment?: unknown;
  /** Of `raise`. */
  readonly event?: unknown;
  readonly delay?: unknown;
  readonly id?: string | undefined;
  /** Of `cancel`. */
  readonly sendId?: unknown;
}

/** An actor as its logic sees it. */
export interface Scope {
  readonly self: ScopeActor;
  readonly system: System;
  defer(effect: () => void): void;
  stopChild: (child: AnyActorRef) => void;
  /** Runs an action at once when the actor runs, after its start when it is being made. */
  actionExecutor(action: {
    readonly type: string;
    readonly info: Args;
    readonly params: unknown;
    readonly exec: ((args: Args, params: unknown) => void) | undefined;
  }): void;
}

export interface ScopeActor {
  /** 0 not started, 1 running, 2 stopped. Only a running actor's actions run at once. */
  readonly _processingStatus: 0 | 1 | 2;
  /** The one scope that is the actor's own, whatever its logic is given. */
  readonly _actorScope: Scope;
}

/** An actor as the engine takes care of it, whoever made it. */
export interface SystemActor extends Target {
  readonly id: string;
  readonly system: System;
  readonly systemId?: string | undefined;
  readonly _parent: SystemActor | undefined;
  readonly _snapshot: {
    readonly status: string;
    readonly children?: Readonly<Record<string, AnyActorRef>>;
  };
  readonly _actorScope: Scope;
  readonly logic: {
    transition(snapshot: unknown, event: EventObject, scope: Scope): unknown;
  };
  /** Ends it for an error: stops its timers, tells observers and its parent. */
  _error(error: unknown): void;
}

/** What XState's constructor sets on an actor, and what the engine sets in its place. */
export interface ActorFields {
  readonly logic: AnyActorLogic;
  /** Set by the first step, then by each. */
  _snapshot: unknown;
  readonly clock: unknown;
  /** `input` is read again at the start. */
  readonly options: { readonly parent: AnyActorRef; readonly id: string; readonly input: unknown };
  readonly id: string;
  /** Replaced when the actor stops. */
  mailbox: object;
  readonly observers: Set<unknown>;
  readonly eventListeners: Map<string, Set<(event: EventObject) => void>>;
  readonly logger: unknown;
  _processingStatus: 0 | 1 | 2;
  readonly _parent: AnyActorRef;
  /** Of a child whose snapshots its parent is sent; then it subscribes to itself at its start. */
  readonly _syncSnapshot: boolean | undefined;
  readonly ref: unknown;
  readonly _actorScope: Scope;
  readonly systemId: string | undefined;
  readonly sessionId: string;
  readonly system: System;
  /** The event of its end, once it is done. */
  _doneEvent: EventObject | undefined;
  /** How a persisted parent names it. */
  readonly src: AnyActorLogic;
  /** Effects that wait for the end of the step. */
  readonly _deferred: (() => void)[];
  readonly send: (event: EventObject) => void;
  /** Handles one event of its mail. */
  readonly _process: (event: EventObject) => void;
  /** Makes the first snapshot; an error in it is the snapshot's. */
  readonly _initState: (persisted: undefined) => void;
}

/** An actor's own mail. Its class is not exported. */
export interface Mailbox {
  readonly constructor: new (process: (event: EventObject) => void) => object;
}

/** Where a system keeps the engine's run queue, if it has one. */
export const MAIL: unique symbol = Symbol('mail');

/** The system of an actor: its timers, its mail, its inspectors. */
export interface System {
  scheduler: Scheduler;
  [MAIL]?: { stop(target: Target): void };
  readonly _clock: {
    setTimeout(fn: () => void, ms: number): unknown;
    clearTimeout(handle: unknown): void;
  };
  readonly _logger: unknown;
  /** The next session id. */
  _bookId(): string;
  /** Keeps every started actor by its session id, where nobody looks for it. All pass here. */
  _register(sessionId: string, actor: SystemActor): string;
  /** Frees the actor's `systemId`, too. */
  _unregister(actor: { readonly systemId?: string | undefined }): void;
  /** The one path of every event: send, sendTo, a child's done and error, a timer. */
  _relay(source: unknown, target: Target, event: EventObject): void;
  inspect(observer: { next(event: never): void }): Subscription;
  /** Returns at once when nobody inspects; else copies what it is given. */
  _sendInspectionEvent(event: object): void;
}

export interface Target {
  _send(event: EventObject): void;
  /** What `send` and a parent do to end an actor. */
  _stop(): void;
  readonly _processingStatus: 0 | 1 | 2;
}

export interface Scheduler {
  schedule(source: object, target: Target, event: EventObject, delay: number, id?: string): void;
  cancel(source: object, id: string): void;
  /** Called for every actor that stops. */
  cancelAll(source: object): void;
}

/** A machine snapshot with its configuration. */
export type Snapshot = AnyMachineSnapshot & { readonly _nodes: readonly Node[] };

/** XState copies an event only for an inspector that is there: then this one throws itself. */
const probe: object = Object.defineProperty({}, 'type', {
  enumerable: true,
  get() {
    throw probe;
  },
});

/** True while anybody inspects the system; costs a function call when nobody does. */
export function isInspected(system: System): boolean {
  try {
    system._sendInspectionEvent(probe);
    return false;
  } catch (thrown) {
    if (thrown === probe) return true;
    throw thrown;
  }
}
