import type { SupervisedChild } from './supervised-child.ts';

/** What it is made with is what it is. */
class Itself {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: so that the fields of a subclass lie in that object
    return object;
  }
}

/**
 * Tells which child an object stands, or stood, for: in a private field of the object itself, which
 * nobody sees, frozen or not. Of 100,000 children a Map by their objects costs more than all else that
 * a short-lived one does, as no two of its entries lie side by side, and each collection looks at all.
 */
class Mark extends Itself {
  #child: SupervisedChild;

  constructor(object: object, child: SupervisedChild) {
    super(object);
    this.#child = child;
  }

  static set(object: object, child: SupervisedChild): void {
    if (#child in object) object.#child = child;
    else new Mark(object, child);
  }

  static get(object: object): SupervisedChild | undefined {
    return #child in object ? object.#child : undefined;
  }
}

/** The object stands for an instance of this child from now on. */
export function markInstance(object: object, child: SupervisedChild): void {
  Mark.set(object, child);
}

/** The child that an object stands for, or stood for last. */
export function childOfInstance(object: unknown): SupervisedChild | undefined {
  const isObject = typeof object === 'object' && object !== null;
  return isObject || typeof object === 'function' ? Mark.get(object) : undefined;
}
