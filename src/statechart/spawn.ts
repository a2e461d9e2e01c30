import {
  type Actor,
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  type InputFrom,
} from 'xstate';
import type { Clock } from '../ports/index.ts';

/**
 * Makes a child of an actor without XState's `spawn`, which copies the parent's whole table of
 * children each time. The parent hears of the child's end; it must stop the child itself.
 */
export function spawnActor<L extends AnyActorLogic>(
  logic: L,
  { parent, id, input }: { parent: AnyActorRef; id: string; input: InputFrom<L> },
): Actor<L> {
  return createActor(logic, { parent, id, input } as never) as Actor<L>;
}

/**
 * Stops a child made by `spawnActor`, for its parent. The public `stop` refuses anything but a root;
 * `_stop` is what XState itself calls for a child that leaves.
 */
export function stopActor(actor: AnyActorRef): void {
  (actor as unknown as { _stop(): void })._stop();
}

/**
 * Makes the root of an actor system that runs on this clock.
 *
 * @param onError is told when the root itself fails; unheard, that would be an uncaught exception
 */
export function rootActor<L extends AnyActorLogic>(
  logic: L,
  options: { id: string; input: InputFrom<L>; clock: Clock; onError: (error: unknown) => void },
): Actor<L> {
  const { id, input, clock, onError } = options;
  const xstateClock = {
    setTimeout: (fn: () => void, ms: number) => clock.setTimeout(fn, ms),
    clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
  };
  const actor = createActor(logic, { id, input, clock: xstateClock } as never) as Actor<L>;
  actor.subscribe({ error: onError });
  return actor;
}
