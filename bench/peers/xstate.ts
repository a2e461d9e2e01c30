import { type ActorLogic, type AnyActorRef, createActor, type Snapshot } from 'xstate';

/** The cheapest parent that stock XState can have: logic of its own that counts what it is told. */
export interface CountingParent {
  readonly ref: AnyActorRef;
  readonly ended: number;
}

export function startParent(): CountingParent {
  const snapshot: Snapshot<undefined> = {
    status: 'active',
    output: undefined,
    error: undefined,
  };
  let ended = 0;
  const logic: ActorLogic<Snapshot<undefined>, { type: string }> = {
    transition(state, event) {
      if (event.type.startsWith('xstate.done.actor.')) ended += 1;
      return state;
    },
    getInitialSnapshot: () => snapshot,
    getPersistedSnapshot: (state) => state,
  };
  const ref = createActor(logic).start();
  return {
    ref,
    get ended() {
      return ended;
    },
  };
}
