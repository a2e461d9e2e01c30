import type { Actor, AnyActorLogic } from 'xstate';
import { type ExitReason, isAbnormal, type SupervisionNode } from '../src/model/index.ts';
import { stopActor } from '../src/statechart/index.ts';

/** Is told when an actor itself throws. */
export type OnCrash = (error: unknown) => void;

/**
 * The temporary actors of a dynamic supervisor, which are actors and nothing more: to hold one costs
 * an entry, and to start and to end one costs the same however many there are.
 */
export class DynamicActors {
  readonly #actors = new Map<string, Held>();

  get size(): number {
    return this.#actors.size;
  }

  has(id: string): boolean {
    return this.#actors.has(id);
  }

  add(id: string, actor: Actor<AnyActorLogic>, onCrash: OnCrash): void {
    this.#actors.set(id, new Held(actor, onCrash));
  }

  /** @returns whether it was one of these */
  exited(id: string, reason: ExitReason): boolean {
    const held = this.#actors.get(id);
    if (held === undefined) return false;
    this.#actors.delete(id);
    if (isAbnormal(reason)) held.onCrash(reason.error);
    return true;
  }

  *nodes(): Generator<SupervisionNode> {
    for (const [id, { actor }] of this.#actors) {
      const status = String(actor.getSnapshot().value);
      yield { id, type: 'worker', status, restarts: 0 };
    }
  }

  /** Stops all of them, but never so many at once that timers and I/O would have to wait. */
  async stop(): Promise<void> {
    let left = STOPS_PER_TURN;
    for (const [id, { actor }] of this.#actors) {
      this.#actors.delete(id);
      stopActor(actor);
      if (--left > 0) continue;
      left = STOPS_PER_TURN;
      await new Promise(setImmediate);
    }
  }
}

const STOPS_PER_TURN = 1_000;

/** A class, not a literal: what long-lived literals are made of, V8 takes for old from their birth. */
class Held {
  readonly actor: Actor<AnyActorLogic>;
  readonly onCrash: OnCrash;

  constructor(actor: Actor<AnyActorLogic>, onCrash: OnCrash) {
    this.actor = actor;
    this.onCrash = onCrash;
  }
}
