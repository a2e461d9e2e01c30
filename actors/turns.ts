import type { SupervisedChild } from './supervised-child.ts';

/**
 * Who may do something to the children of a supervisor, and when. What concerns all of them is done
 * one after the other, and when nothing else is under way; what concerns one child waits for what was
 * to be done to that child or to all before, and for nobody else's. Nothing is done within the call
 * itself: it may be an action of a chart, where no actor should be made.
 */
export class Turns {
  /** The last of those that concern all, until it is over. */
  #all: Promise<unknown> | undefined;
  /** The last that concerns each child, until it is over. */
  readonly #each = new Map<SupervisedChild, Promise<unknown>>();

  /** Whether something is under way, or to be done, that concerns all. */
  get isBusy(): boolean {
    return this.#all !== undefined;
  }

  /** Whether something is under way with this very child, or to be done. */
  isBusyWith(child: SupervisedChild): boolean {
    return this.#each.has(child);
  }

  /** Resolves when what is under way with this child now is over. */
  over(child: SupervisedChild): Promise<unknown> {
    return this.#each.get(child) ?? NOW;
  }

  /** @param child the one that it is about, though it concerns all */
  withAll<T>(act: () => Promise<T>, child?: SupervisedChild): Promise<T> {
    const before = Promise.allSettled([this.#all, ...this.#each.values()]);
    const done = before.then(act);
    const over = () => {
      if (this.#all === turn) this.#all = undefined;
    };
    const turn: Promise<unknown> = done.then(over, over);
    this.#all = turn;
    if (child !== undefined) this.#occupy(child, done);
    return done;
  }

  with<T>(child: SupervisedChild, act: () => T | Promise<T>): Promise<T> {
    const own = this.#each.get(child);
    const before = own && this.#all ? Promise.all([own, this.#all]) : (own ?? this.#all ?? NOW);
    const done: Promise<T> = before.then(act);
    this.#occupy(child, done);
    return done;
  }

  /** Waits for nobody: whoever comes later waits for it. */
  aheadOf<T>(child: SupervisedChild, act: () => T | Promise<T>): Promise<T> {
    const before = this.#each.get(child);
    const done: Promise<T> = NOW.then(act);
    this.#occupy(child, before === undefined ? done : Promise.allSettled([before, done]));
    return done;
  }

  #occupy(child: SupervisedChild, doing: Promise<unknown>): void {
    const over = () => {
      if (this.#each.get(child) === turn) this.#each.delete(child);
    };
    const turn: Promise<unknown> = doing.then(over, over);
    this.#each.set(child, turn);
  }
}

const NOW: Promise<unknown> = Promise.resolve();
