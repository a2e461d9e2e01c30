import type { AnyActorRef, EventObject } from 'xstate';
import { describe, invalidOption, TroupeError } from '../model/index.ts';
import { hasEnded } from './exit-reasons.ts';
import { type ActorHandle, monitor, refOf } from './monitor.ts';

/** Sends to whoever has a name at the time. */
export interface Named<Event extends EventObject = EventObject> {
  readonly name: string;
  /** @throws TroupeError `NameNotFound` when nobody has the name */
  send(event: Event): void;
}

/** Names for actors, each unique. A name is freed when its actor ends. */
export class Registry {
  readonly #actors = new Map<string, AnyActorRef>();

  /**
   * Gives an actor a name.
   *
   * @returns the way to give it back before the actor ends
   * @throws TroupeError `NameTaken` with who has it, `ActorDown` for an actor that has ended,
   *   `InvalidOption`
   */
  register(name: string, actor: ActorHandle): Disposable {
    if (typeof name !== 'string' || name === '') {
      throw invalidOption('name', 'a text that is not empty', name);
    }
    const ref = refOf('actor', actor);
    const taken = this.#actors.get(name);
    if (taken !== undefined) {
      throw new TroupeError('NameTaken', `the name ${describe(name)} is taken by ${taken.id}`, {
        details: { name, actor: taken.id },
      });
    }
    if (hasEnded(ref)) {
      throw new TroupeError('ActorDown', `${ref.id} has ended and can have no name`, {
        details: { actor: ref.id },
      });
    }
    this.#actors.set(name, ref);
    const watch = monitor(ref, () => void this.#actors.delete(name));
    return {
      [Symbol.dispose]: () => {
        watch[Symbol.dispose]();
        if (this.#actors.get(name) === ref) this.#actors.delete(name);
      },
    };
  }

  /** Who has the name now. */
  whereIs(name: string): AnyActorRef | undefined {
    return this.#actors.get(name);
  }

  /** Sends to whoever has the name at the time of each send. */
  via<Event extends EventObject = EventObject>(name: string): Named<Event> {
    return {
      name,
      send: (event) => {
        const ref = this.#actors.get(name);
        if (ref !== undefined) return ref.send(event);
        throw new TroupeError('NameNotFound', `nobody has the name ${describe(name)}`, {
          details: { name },
        });
      },
    };
  }
}
