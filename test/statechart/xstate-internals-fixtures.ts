import { type AnyActorRef, createMachine } from 'xstate';
import type { System } from '../../src/statechart/xstate-internals.ts';

/**
 * For the `xstate-internals-*.test.ts`, which ask the installed XState what
 * `src/statechart/xstate-internals.ts` takes for granted. A test that fails there names what a new
 * version changed.
 */

export const idle = createMachine({});

export function systemOf(actor: AnyActorRef): System {
  return actor.system as unknown as System;
}

/** What a function carries. */
export function made(action: unknown): object {
  return { ...(action as object) };
}
