import { Actor } from 'xstate';
import { reportError } from './guarded.ts';
import type { SystemActor } from './xstate-internals.ts';

const { _error: failAlone } = Actor.prototype as unknown as SystemActor;

/**
 * An actor's failure takes its children with it. XState leaves them behind, where nobody can stop
 * them any more: an invoked task would run on, and an actor with a system id would keep that from
 * its successor. Logic that is no machine is told to stop, so that it can clean up.
 */
export function failWithChildren(this: SystemActor, error: unknown): void {
  const { _snapshot: snapshot, _actorScope: scope, system } = this;
  try {
    if (snapshot.children === undefined) {
      const active = { ...snapshot, status: 'active', error: undefined };
      this.logic.transition(active, { type: 'xstate.stop' }, scope);
    } else for (const child of Object.values(snapshot.children)) stopOwn(this, child);
  } catch (another) {
    reportError(system, another);
  }
  failAlone.call(this, error);
}

/** Children may be others' actors, kept in the snapshot under their ids. */
function stopOwn(parent: SystemActor, child: unknown): void {
  const { _parent, systemId } = child as SystemActor;
  if (_parent !== parent) return;
  // As XState does it: the name is free at once.
  if (systemId !== undefined) parent.system._unregister(child as SystemActor);
  parent._actorScope.stopChild(child as never);
}
