import {
  type Actor,
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  type InputFrom,
} from 'xstate';
import type { ExitReason } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import { ChildActor } from './child-actor.ts';
import { CompiledMachine } from './compiled-machine.ts';
import { noteExit } from './exit-reasons.ts';
import { failWithChildren } from './failure.ts';
import { guardObservers, guardSystem, type ObserverErrorHandler } from './guarded.ts';
import { RunQueue, type RunQueueOptions, stopInTurn } from './run-queue.ts';
import { TimerBooks } from './timers.ts';
import type { System, SystemActor } from './xstate-internals.ts';

/**
 * Makes a child of an actor without XState's `spawn`, which copies the parent's whole table of
 * children each time. The parent hears of the child's end; it must stop the child itself.
 */
export function spawnActor<L extends AnyActorLogic>(
  logic: L,
  { parent, id, input }: { parent: AnyActorRef; id: string; input: InputFrom<L> },
): Actor<L> {
  if (logic instanceof CompiledMachine) {
    return new ChildActor(logic, parent, id, input) as unknown as Actor<L>;
  }
  return guardObservers(createActor(logic, { parent, id, input } as never) as Actor<L>);
}

/**
 * Stops a child made by `spawnActor`, for its parent. The public `stop` refuses anything but a root;
 * `_stop` is what XState itself calls for a child that leaves.
 *
 * @param reason what monitors are told. @default shutdown
 */
export function stopActor(actor: AnyActorRef, reason?: ExitReason): void {
  if (reason !== undefined) noteExit(actor, reason);
  (actor as unknown as { _stop(): void })._stop();
}

export interface RootOptions<Input> extends RunQueueOptions {
  readonly id: string;
  readonly input: Input;
  readonly clock: Clock;
  /** Is told when the root itself fails; unheard, that would be an uncaught exception. */
  readonly onError: (error: unknown) => void;
  /** Is told of an observer or inspector that threw and was dropped. @default nobody */
  readonly onObserverError?: ObserverErrorHandler;
}

/**
 * Makes the root of an actor system that runs on this clock, with timers kept for each actor and a
 * run queue in place of recursive sends.
 */
export function rootActor<L extends AnyActorLogic>(
  logic: L,
  { id, input, clock, onError, onObserverError, ...queue }: RootOptions<InputFrom<L>>,
): Actor<L> {
  const xstateClock = {
    setTimeout: (fn: () => void, ms: number) => clock.setTimeout(fn, ms),
    clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
  };
  const actor = createActor(logic, { id, input, clock: xstateClock } as never) as Actor<L>;
  const system = actor.system as unknown as System;
  // What the root armed as it was made is still deferred: it will meet these.
  system.scheduler = new TimerBooks(system, clock);
  new RunQueue(system, queue);
  adoptAll(system);
  guardSystem(system, onObserverError ?? (() => {}));
  guardObservers(actor);
  actor.subscribe({ error: onError });
  return actor;
}

/**
 * Takes care of every actor as it starts, also of those that machines invoke and spawn: observers
 * that throw harm nobody, a failure takes the actor's own children with it, and a stop does not
 * overtake what was sent before. Children of compiled machines are made so.
 */
function adoptAll(system: System): void {
  const unregister = system._unregister;
  // Nobody reads XState's table of all actors, and to keep it costs each of them.
  system._register = (sessionId, actor) => {
    if (!(actor instanceof ChildActor)) adopt(actor);
    return sessionId;
  };
  system._unregister = (actor) => {
    if (actor.systemId !== undefined) unregister(actor);
  };
}

function adopt(actor: SystemActor): void {
  guardObservers(actor as unknown as AnyActorRef);
  actor._error = failWithChildren;
  const scope = actor._actorScope;
  const { stopChild } = scope;
  scope.stopChild = (child) => {
    const isOwn = child._parent === (actor as unknown);
    if (isOwn) stopInTurn(child as unknown as SystemActor);
    // XState words the error.
    else stopChild(child);
  };
}
