import { Actor, type AnyActorRef, type EventObject, type Subscription } from 'xstate';
import { isThenable, onRejection } from '../model/index.ts';
import type { System } from './xstate-internals.ts';

/** Is told of an observer, listener or inspector that threw or rejected, once: it was dropped. */
export type ObserverErrorHandler = (error: unknown) => void;

const handlers = new WeakMap<object, ObserverErrorHandler>();

/** Who is told of observers that throw, anywhere in this system. */
export function guardSystem(system: System, onError: ObserverErrorHandler): void {
  handlers.set(system, onError);
  const { inspect } = system;
  system.inspect = (observer: AnyObserver | Callback) => {
    const subscription: Subscription = inspect({
      next: guarded(system, nextOf(observer), () => subscription.unsubscribe()),
    });
    return subscription;
  };
}

type Callback = (value: never) => unknown;

interface AnyObserver {
  readonly next?: Callback | undefined;
  readonly error?: Callback | undefined;
  readonly complete?: Callback | undefined;
}

/**
 * Makes an actor's `subscribe` and `on` drop an observer that throws. XState would throw its error
 * again where nobody can catch it, which ends the process.
 */
export function guardObservers<A extends AnyActorRef>(actor: A): A {
  // Shared functions, not closures: an actor nobody observes pays two fields.
  actor.subscribe = guardedSubscribe as A['subscribe'];
  actor.on = guardedOn as A['on'];
  return actor;
}

export function guardedSubscribe(
  this: AnyActorRef,
  next: AnyObserver | Callback | undefined,
  error?: Callback,
  complete?: Callback,
): Subscription {
  const observer: AnyObserver = typeof next === 'object' ? next : { next, error, complete };
  // One that has ended calls back at once, before there is a subscription to leave.
  let subscription: Subscription | undefined;
  const drop = () => subscription?.unsubscribe();
  const { system } = this;
  const safe = {
    next: guarded(system, observer.next?.bind(observer), drop),
    // With a handler of its own the error is no uncaught exception: the supervisor has it.
    error: guarded(system, observer.error?.bind(observer), drop),
    complete: guarded(system, observer.complete?.bind(observer), drop),
  };
  subscription = Actor.prototype.subscribe.call(this, safe as never) as Subscription;
  return subscription;
}

export function guardedOn(
  this: AnyActorRef,
  type: string,
  handler: (event: EventObject) => void,
): Subscription {
  const drop = () => subscription.unsubscribe();
  const safe = guarded(this.system, handler as Callback, drop);
  const subscription: Subscription = Actor.prototype.on.call(this, type as never, safe as never);
  return subscription;
}

function nextOf(observer: AnyObserver | Callback): Callback | undefined {
  return typeof observer === 'function' ? observer : observer.next?.bind(observer);
}

/** Tells of an error that is nobody's own, where observers' errors are told. */
export function reportError(system: object, error: unknown): void {
  handlers.get(system)?.(error);
}

/** A callback that is dropped and reported, once, when it throws, or gives a promise that rejects. */
export function guarded(
  system: object,
  callback: Callback | undefined,
  drop: () => void,
): Callback {
  let isDropped = false;
  return (value) => {
    try {
      const given = callback?.(value);
      if (!isThenable(given)) return;
      onRejection(given, (error) => {
        // What it was told before may reject later, each time.
        if (isDropped) return;
        isDropped = true;
        drop();
        reportError(system, error);
      });
    } catch (error) {
      isDropped = true;
      drop();
      reportError(system, error);
    }
  };
}
