import type { EventObject } from 'xstate';
import { invalidOption, type TroupeError } from '../model/index.ts';
import { isInspected, MAIL, type System, type Target } from './xstate-internals.ts';

/** In the place of an event: the target is to stop when its turn comes. */
const STOP = { type: 'xstate.stop' };

/** Events that are delivered before timers and I/O get a turn. */
const BUDGET = 10_000;

/** An event whose receiver had ended. */
export interface DeadLetter {
  readonly target: unknown;
  readonly event: EventObject;
}

export interface RunQueueOptions {
  /** Events delivered in one turn of the event loop. @default 10000 */
  readonly budget?: number;
  /** Runs the rest in a later turn. @default setImmediate */
  readonly defer?: (run: () => void) => void;
  /** Is told of events to actors that have ended. @default nobody */
  readonly onDeadLetter?: (letter: DeadLetter) => void;
}

/**
 * The mail of an actor system. XState delivers by recursion: a chain of a thousand actors overflows
 * the stack, and two that play ping-pong hold up every timer. Here a send from within a delivery
 * waits for its turn, first in, first out; after a budget the rest follows in a later turn of the
 * event loop. A send from outside is still settled when it returns, unless the budget ran out.
 */
export class RunQueue {
  readonly #budget: number;
  readonly #defer: (run: () => void) => void;
  readonly #onDeadLetter: ((letter: DeadLetter) => void) | undefined;
  readonly #system: System;
  /** A ring of target, event, target, event, …; its length is a power of two. */
  #ring: unknown[] = new Array(INITIAL_LENGTH).fill(undefined);
  #head = 0;
  #tail = 0;
  #draining = false;
  #deferred = false;

  /** Takes over all mail of the system from now on. */
  constructor(system: System, options: RunQueueOptions = {}) {
    this.#budget = options.budget ?? BUDGET;
    this.#defer = options.defer ?? ((run) => void setImmediate(run));
    this.#onDeadLetter = options.onDeadLetter;
    this.#system = system;
    system._relay = (source, target, event) => this.#post(source, target, event);
    system[MAIL] = this;
  }

  /** Stops an actor once it has had what was sent to it before. */
  stop(target: Target): void {
    // One that has not started has had nothing.
    if (this.#head === this.#tail || target._processingStatus === NOT_STARTED) target._stop();
    else this.#enqueue(target, STOP);
  }

  /** Events that wait. */
  get size(): number {
    return ((this.#tail - this.#head) & (this.#ring.length - 1)) / 2;
  }

  #post(source: unknown, target: Target, event: EventObject): void {
    // XState's own stop does not come by mail: whoever sends one made it up.
    if (typeof event?.type !== 'string' || event.type === STOP.type) throw notAnEvent(event);
    if (isInspected(this.#system)) this.#tellInspectors(source, target, event);
    this.#enqueue(target, event);
    if (!this.#draining && !this.#deferred) this.#drain();
  }

  #enqueue(target: Target, event: EventObject): void {
    const ring = this.#ring;
    ring[this.#tail] = target;
    ring[this.#tail + 1] = event;
    this.#tail = (this.#tail + 2) & (ring.length - 1);
    if (this.#tail === this.#head) this.#grow();
  }

  #tellInspectors(source: unknown, target: Target, event: EventObject): void {
    const inspection = { type: '@xstate.event', sourceRef: source, actorRef: target, event };
    this.#system._sendInspectionEvent(inspection);
  }

  #drain(): void {
    this.#deferred = false;
    this.#draining = true;
    try {
      for (let left = this.#budget; left > 0 && this.#head !== this.#tail; left--) {
        const target = this.#ring[this.#head] as Target;
        const event = this.#ring[this.#head + 1] as EventObject;
        this.#ring[this.#head] = undefined;
        this.#ring[this.#head + 1] = undefined;
        this.#head = (this.#head + 2) & (this.#ring.length - 1);
        this.#deliver(target, event);
      }
    } finally {
      this.#draining = false;
      if (this.#head !== this.#tail) {
        this.#deferred = true;
        this.#defer(() => this.#drain());
      }
    }
  }

  #deliver(target: Target, event: EventObject): void {
    if (event === STOP) {
      target._stop();
      return;
    }
    if (target._processingStatus !== STOPPED) {
      target._send(event);
      return;
    }
    this.#onDeadLetter?.({ target, event });
  }

  /** The ring is full: its end has met its beginning. */
  #grow(): void {
    const old = this.#ring;
    const inOrder = [...old.slice(this.#head), ...old.slice(0, this.#head)];
    this.#ring = inOrder.concat(new Array(old.length).fill(undefined));
    this.#head = 0;
    this.#tail = old.length;
  }
}

function notAnEvent(event: unknown): TroupeError {
  return invalidOption('event', 'an object with a type of its own', event);
}

const INITIAL_LENGTH = 1_024;
const NOT_STARTED = 0;
const STOPPED = 2;

/** Stops an actor after what was sent to it before, in a system that has a run queue. */
export function stopInTurn(target: Target & { readonly system: System }): void {
  const mail = target.system[MAIL];
  if (mail === undefined) target._stop();
  else mail.stop(target);
}
