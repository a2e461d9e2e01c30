import type { AnyActorRef } from 'xstate';
import { type ExitReason, exitReasonOf, NORMAL, SHUTDOWN } from '../model/index.ts';
import type { Target } from './xstate-internals.ts';

/** Why an actor was ended, where its last snapshot does not say. */
const reasons = new WeakMap<object, ExitReason>();

/** Remembers why an actor is about to be ended. The first reason stays. */
export function noteExit(actor: AnyActorRef, reason: ExitReason): void {
  if (!reasons.has(actor)) reasons.set(actor, reason);
}

export function hasEnded(actor: AnyActorRef): boolean {
  return (actor as unknown as Target)._processingStatus === ENDED;
}

/** Why an actor that has ended did so: of itself, for an error, or because it was stopped. */
export function reasonOf(actor: AnyActorRef): ExitReason {
  const noted = reasons.get(actor);
  if (noted !== undefined) return noted;
  const { status, error } = actor.getSnapshot() as { status: string; error: unknown };
  if (status === 'done') return NORMAL;
  return status === 'error' ? exitReasonOf(error) : SHUTDOWN;
}

const ENDED = 2;
