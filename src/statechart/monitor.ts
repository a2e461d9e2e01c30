import type { AnyActorRef } from 'xstate';
import { ExitError, type ExitReason, invalidOption, isAbnormal } from '../model/index.ts';
import { hasEnded, noteExit, reasonOf } from './exit-reasons.ts';
import { guarded } from './guarded.ts';
import { stopActor } from './spawn.ts';
import type { System } from './xstate-internals.ts';

/** What a monitor tells, once: an actor has ended. */
export interface Down {
  readonly type: 'down';
  /** The actor that was monitored. */
  readonly ref: AnyActorRef;
  readonly reason: ExitReason;
}

/** Something that stands for an actor: it, or a handle that has it as `ref`. */
export type ActorHandle<Ref extends AnyActorRef = AnyActorRef> = Ref | { readonly ref: Ref };

/** Who is told: a function, or an actor whose logic knows the event `down`. */
export type Watcher = ((down: Down) => void) | ActorHandle;

/**
 * Watches an actor's end, as Erlang's `monitor`: the watcher is told exactly once, with the reason,
 * also of an actor that has ended already; then in a microtask. A function that throws, or gives a
 * promise that rejects, harms nobody: it is dropped and reported, as any observer. Watching keeps no
 * process alive. Of an actor that was never started there is no end to tell.
 *
 * @returns the way to leave: whoever leaves before the end is told nothing
 * @throws TroupeError `InvalidOption` for what is no actor
 */
export function monitor(target: ActorHandle, watcher: Watcher): Disposable {
  const ref = refOf('target', target);
  const tell = guarded(ref.system, tellerOf(watcher), () => {});
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    tell({ type: 'down', ref, reason: reasonOf(ref) } as never);
  };
  const leave = () => {
    isOver = true;
    subscription?.unsubscribe();
  };
  const subscription = hasEnded(ref) ? undefined : ref.subscribe({ complete: end, error: end });
  if (subscription === undefined) queueMicrotask(end);
  return { [Symbol.dispose]: leave };
}

/**
 * Ties two actors together, as Erlang's `link`: when one ends abnormally, the other is ended for the
 * same reason. A normal end is nobody else's business.
 *
 * @returns the way to part them
 * @throws TroupeError `InvalidOption` for what is no actor
 */
export function link(one: ActorHandle, other: ActorHandle): Disposable {
  const pull = (victim: ActorHandle) => (down: Down) => {
    unlink();
    if (isAbnormal(down.reason)) exitActor(refOf('actor', victim), down.reason);
  };
  const monitors = [monitor(one, pull(other)), monitor(other, pull(one))];
  const unlink = () => {
    for (const each of monitors) each[Symbol.dispose]();
  };
  return { [Symbol.dispose]: unlink };
}

/**
 * Ends an actor for a reason, as Erlang's `exit`: its own children are stopped, and its parent and
 * whoever monitors it hear of the reason. One that has ended is left alone.
 */
export function exitActor(actor: AnyActorRef, reason: ExitReason): void {
  if (hasEnded(actor)) return;
  noteExit(actor, reason);
  stopActor(actor);
  const { _parent: parent, id } = actor;
  if (parent === undefined) return;
  const system = actor.system as unknown as System;
  const ended = isAbnormal(reason)
    ? { type: `xstate.error.actor.${id}`, error: new ExitError(reason), actorId: id }
    : { type: `xstate.done.actor.${id}`, output: undefined, actorId: id };
  system._relay(actor, parent as never, ended);
}

/** The actor that a handle stands for. */
export function refOf<Ref extends AnyActorRef>(field: string, handle: ActorHandle<Ref>): Ref {
  // An XState actor is its own `ref`.
  const ref = (handle as { readonly ref?: Ref } | undefined)?.ref;
  if (typeof ref?.subscribe === 'function' && typeof ref.send === 'function') return ref;
  throw invalidOption(field, 'an actor', handle);
}

function tellerOf(watcher: Watcher): (down: Down) => void {
  if (typeof watcher === 'function') return watcher;
  const ref = refOf('watcher', watcher);
  return (down) => ref.send(down);
}
