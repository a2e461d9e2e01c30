import type { EventObject } from 'xstate';
import type { Condition } from './operations.ts';
import type { Candidate, Plan } from './plan.ts';
import type { Snapshot } from './xstate-internals.ts';

/**
 * The first candidate whose condition holds.
 *
 * @param explains a guard's error is told with the event, as XState does unless there is none
 */
export function select(
  plan: Plan,
  snapshot: Snapshot,
  event: EventObject,
  explains: boolean,
): Candidate | undefined {
  for (let i = 0; i < plan.length; i++) {
    const candidate = plan[i] as Candidate;
    const { condition } = candidate;
    if (condition === undefined) return candidate;
    try {
      if (holds(condition, snapshot, event)) return candidate;
    } catch (error) {
      throw explains ? guardError(candidate, event, error) : error;
    }
  }
  return undefined;
}

/** In XState's words. */
function guardError({ source, condition }: Candidate, { type }: EventObject, error: unknown) {
  const guard = condition?.name ? `guard '${condition.name}'` : 'guard';
  const where = `in transition for event '${type}' in state node '${source.id}'`;
  return new Error(`Unable to evaluate ${guard} ${where}:\n${(error as Error).message}`);
}

function holds({ check, params }: Condition, snapshot: Snapshot, event: EventObject): boolean {
  const { context } = snapshot;
  const given = typeof params === 'function' ? params({ context, event }) : params;
  if (check.check !== undefined) return check.check(snapshot, { context, event }, check);
  return check({ context, event }, given);
}
