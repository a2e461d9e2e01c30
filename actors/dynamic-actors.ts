import type { Actor, AnyActorLogic } from 'xstate';
import { type ExitReason, isAbnormal, type SupervisionNode } from '../src/model/index.ts';
import { stopActor } from '../src/statechart/index.ts';
import { IdTable } from './id-table.ts';
import { stopInTurn } from './stops.ts';

/** Is told when an actor itself throws. */
export type OnCrash = (error: unknown) => void;

/**
 * The temporary actors of a dynamic supervisor, which are actors and nothing more: to hold one costs
 * an entry, and to start and to end one costs the same however many there are.
 */
export class DynamicActors {
  readonly #actors = new IdTable<Held>();
  #added = 0;

  get size(): number {
    return this.#actors.size;
  }

  has(id: string): boolean {
    return this.#actors.has(id);
  }

  add(id: string, actor: Actor<AnyActorLogic>, onCrash: OnCrash): void {
    this.#actors.add(new Held(id, actor, onCrash, this.#added++));
  }

  /** @returns whether it was one of these */
  exited(id: string, reason: ExitReason): boolean {
    const held = this.#actors.take(id);
    if (held === undefined) return false;
    if (isAbnormal(reason)) held.onCrash(reason.error);
    return true;
  }

  nodes(): SupervisionNode[] {
    return this.#inOrder().map(({ id, actor }) => {
      const status = String(actor.getSnapshot().value);
      return { id, type: 'worker', status, restarts: 0 };
    });
  }

  /** Stops all of them, but never so many at once that timers and I/O would have to wait. */
  stop(): Promise<void> {
    return stopInTurn(this.#inOrder(), ({ id, actor }) => {
      if (this.#actors.take(id) !== undefined) stopActor(actor);
    });
  }

  /** In the order in which they were started. */
  #inOrder(): readonly Held[] {
    return this.#actors.entries().sort((a, b) => a.nth - b.nth);
  }
}

/** A class, not a literal: what long-lived literals are made of, V8 takes for old from their birth. */
class Held {
  readonly id: string;
  readonly actor: Actor<AnyActorLogic>;
  readonly onCrash: OnCrash;
  readonly nth: number;

  constructor(id: string, actor: Actor<AnyActorLogic>, onCrash: OnCrash, nth: number) {
    this.id = id;
    this.actor = actor;
    this.onCrash = onCrash;
    this.nth = nth;
  }
}
