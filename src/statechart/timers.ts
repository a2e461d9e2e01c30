import type { EventObject } from 'xstate';
import type { Clock, TimerHandle } from '../ports/index.ts';
import type { Scheduler, System, Target } from './xstate-internals.ts';

/** A longer timer fires at once in Node; it is waited for in parts. */
const LONGEST = 2 ** 31 - 1;

/** The timers of one actor, by their id. */
export type TimerBook = Map<string, Timer>;

/** A class, not a literal: what long-lived literals are made of, V8 takes for old from their birth. */
class Timer {
  handle: TimerHandle = undefined;
}

/** Where an actor keeps its book: with very many actors each collection would walk a `WeakMap`. */
export const TIMERS: unique symbol = Symbol('timers');

export interface TimerOwner {
  [TIMERS]?: TimerBook | undefined;
}

/**
 * Delayed events with a book for each actor. XState keeps one table for the whole system, and walks
 * all of it whenever any actor stops: with 100,000 live timers a stop costs milliseconds. Here a
 * stop looks at the actor's own.
 *
 * Live timers are not part of a persisted system snapshot; the journal keeps deadlines as absolute
 * times.
 */
export class TimerBooks implements Scheduler {
  readonly #clock: Clock;
  readonly #system: System;
  #unnamed = 0;

  constructor(system: System, clock: Clock) {
    this.#system = system;
    this.#clock = clock;
  }

  /** As XState's, a timer of the same actor and id is replaced in the book, and both fire. */
  schedule(
    source: TimerOwner,
    target: Target,
    event: EventObject,
    delay: number,
    id?: string,
  ): void {
    let book = source[TIMERS];
    if (book === undefined) {
      book = new Map();
      source[TIMERS] = book;
    }
    const key = id ?? `unnamed.${++this.#unnamed}`;
    const timer = new Timer();
    book.set(key, timer);
    this.#arm(timer, delay, () => {
      if (book.get(key) === timer) book.delete(key);
      this.#system._relay(source, target, event);
    });
  }

  cancel(source: TimerOwner, id: string): void {
    const book = source[TIMERS];
    const timer = book?.get(id);
    if (book === undefined || timer === undefined) return;
    book.delete(id);
    this.#clock.clearTimeout(timer.handle);
  }

  cancelAll(source: TimerOwner): void {
    const book = source[TIMERS];
    if (book === undefined) return;
    for (const { handle } of book.values()) this.#clock.clearTimeout(handle);
    book.clear();
  }

  #arm(timer: Timer, delay: number, fire: () => void): void {
    // What is no number is no wait, as in Node.
    if (!(delay > LONGEST)) {
      timer.handle = this.#clock.setTimeout(fire, delay);
      return;
    }
    const rest = delay - LONGEST;
    timer.handle = this.#clock.setTimeout(() => this.#arm(timer, rest, fire), LONGEST);
  }
}
