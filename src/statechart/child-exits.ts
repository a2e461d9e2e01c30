import type { AnyStateMachine, EventObject } from 'xstate';
import { type ExitReason, exitReasonOf, NORMAL } from '../model/index.ts';

/** A child ended: what a parent's chart gets in place of XState's event named after the child. */
export interface ChildExited {
  readonly type: 'child.exited';
  readonly id: string;
  readonly reason: ExitReason;
  readonly output?: unknown;
}

/** @returns what the chart is told of the exit; nothing when it need not know */
export type ExitTranslator = (exit: ChildExited) => EventObject | undefined;

const DONE = 'xstate.done.actor.';
const ERROR = 'xstate.error.actor.';

/**
 * A machine whose children's ends arrive as one constant event type.
 *
 * XState names the event after the child, and a machine memoises its candidates per event type: a
 * parent of many children would leak an entry for each. A parent that has no handler for a child's
 * error fails itself; here the error is the exit's reason, and what follows is the chart's to say.
 *
 * @param accepts whether the chart hears of any other event: children can send theirs. @default all
 */
export function withChildExits<M extends AnyStateMachine>(
  machine: M,
  translate: ExitTranslator,
  accepts: (event: EventObject) => boolean = () => true,
): M {
  // A clone: the instance's own `transition` is what its actors call.
  const translating = machine.provide({}) as M;
  const transition = translating.transition;
  translating.transition = ((snapshot, event, scope) => {
    const exit = childExitOf(event);
    if (exit === undefined) {
      const isHeard = event.type.startsWith('xstate.') || accepts(event);
      return isHeard ? transition(snapshot, event, scope) : snapshot;
    }
    const told = translate(exit);
    return told === undefined ? snapshot : transition(snapshot, told, scope);
  }) as M['transition'];
  return translating;
}

function childExitOf(event: EventObject): ChildExited | undefined {
  if (event.type.startsWith(DONE)) {
    const { actorId, output } = event as unknown as { actorId: string; output: unknown };
    return { type: 'child.exited', id: actorId, reason: NORMAL, output };
  }
  if (event.type.startsWith(ERROR)) {
    const { actorId, error } = event as unknown as { actorId: string; error: unknown };
    return { type: 'child.exited', id: actorId, reason: exitReasonOf(error) };
  }
  return undefined;
}
