import type { AnyActorRef } from 'xstate';
import {
  type BackOffOptions,
  exitReasonOf,
  type RestartIntensity,
  TroupeError,
} from '../src/model/index.ts';
import type { Clock, EventSink, Random, ThreadHost, TimerHandle } from '../src/ports/index.ts';
import { Supervisor } from './supervisor.ts';
import { worker } from './worker.ts';

/** How many threads a pool has: as tasks wait for them, or always the same. */
export interface CrewSize {
  readonly min: number;
  readonly max: number;
  /** Milliseconds without a task after which a thread beyond `min` goes. */
  readonly idleTimeout: number;
}

/** The pool whose threads the workers are. */
export interface CrewPool extends ThreadHost {
  /** Milliseconds that the oldest task has waited for a worker; 0 when none does. */
  readonly longestWait: number;
  /** Is told whether there would be another worker if a task waited for long. */
  mayGrow: boolean;
  /** Tasks that a worker was sent and has not answered. */
  inFlight(worker: string): number;
  /** Tasks that a worker's present thread has answered. */
  answered(worker: string): number;
}

export interface CrewOptions {
  /** The supervisor's. */
  readonly id: string;
  readonly size: CrewSize;
  /** What they are called, before their numbers. @default 'worker' */
  readonly workers?: string;
  /** Milliseconds that a task is given to stop. */
  readonly grace: number;
  readonly handshakeTimeout: number;
  readonly restartIntensity: RestartIntensity;
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: EventSink;
}

/** Milliseconds between two looks at a pool that may grow and shrink. */
const LOOK_PERIOD = 25;
/** A task that has waited for so many milliseconds is worth another thread. */
const LONG_WAIT = 20;

/** Threads that die at once must not keep the machine busy with their starts. */
const BACK_OFF: BackOffOptions = {
  initial: 5,
  factor: 2,
  max: 250,
  jitter: 'full',
  resetAfter: 5_000,
};

/** What a worker had done when it was looked at, and since when that has not changed. */
interface Idleness {
  readonly answered: number;
  readonly since: number;
}

/**
 * The workers of a pool, each a child of one supervisor, and how many there are. One that is not
 * needed any more takes no new task, and ends when it is through with those it has.
 */
export class Crew {
  readonly supervisor: Supervisor;
  readonly #pool: CrewPool;
  readonly #options: CrewOptions;
  /** Those that were told to leave, and have not left yet. */
  readonly #leaving = new Set<string>();
  readonly #idle = new Map<string, Idleness>();
  #size: CrewSize;
  #made = 0;
  /** Threads that are not ready yet. */
  #coming = 0;
  #timer: TimerHandle;
  #isClosed = false;

  constructor(pool: CrewPool, options: CrewOptions) {
    const { id, size, restartIntensity: intensity, clock, random, sink } = options;
    this.#pool = pool;
    this.#options = options;
    this.#size = size;
    pool.mayGrow = size.min < size.max;
    const children = Array.from({ length: size.min }, () => this.#spec());
    // Whoever has left in good order is forgotten.
    const flags = { id, strategy: 'one_for_one', forgets: true, intensity, children } as const;
    this.supervisor = new Supervisor({ ...flags, clock, random, sink });
    void this.supervisor.ended.then(() => this.#close());
    this.#lookLater();
  }

  get size(): CrewSize {
    return this.#size;
  }

  /**
   * Has so many threads from now on, or between so many.
   *
   * @returns when those that had to be added are ready; those that leave end with their tasks
   * @throws TroupeError `InvalidState` unless it runs, `HandshakeFailed` when one does not start
   */
  async resize(size: CrewSize): Promise<void> {
    const { status, id } = this.supervisor;
    if (status !== 'running') {
      throw new TroupeError('InvalidState', `${id} is ${status}`, { details: { status } });
    }
    this.#size = size;
    const staying = this.#staying();
    const surplus = staying.length - size.max;
    for (const each of this.#leastBusy(staying, surplus)) this.#dismiss(each);
    const missing = Math.max(0, size.min - staying.length);
    this.#pool.mayGrow = staying.length + missing < size.max;
    this.#lookLater();
    await Promise.all(Array.from({ length: missing }, () => this.#hire()));
  }

  #spec() {
    const { workers = 'worker', grace, handshakeTimeout } = this.#options;
    const start = worker(this.#pool, { grace, handshakeTimeout });
    // A normal end is one that it was asked for.
    const restart = 'transient' as const;
    const id = `${workers}-${++this.#made}`;
    return { id, restart, start, shutdown: grace, backOff: BACK_OFF };
  }

  async #hire(): Promise<void> {
    this.#coming++;
    try {
      const { ref } = await this.supervisor.startChild(this.#spec());
      if (ref === undefined)
        throw new TroupeError('InvalidState', 'the pool takes no more threads');
      await begun(ref as AnyActorRef);
    } finally {
      this.#coming--;
    }
  }

  #dismiss({ id, ref }: Member): void {
    this.#leaving.add(id);
    this.#idle.delete(id);
    const hasLeft = () => this.#leaving.delete(id);
    if (ref === undefined) {
      this.supervisor.terminateChild(id).then(hasLeft, hasLeft);
      return;
    }
    ref.subscribe({ complete: hasLeft, error: hasLeft });
    ref.send({ type: 'SHUTDOWN' });
  }

  /** The workers that were not told to leave, also those that are about to be started again. */
  #staying(): readonly Member[] {
    return this.supervisor.whichChildren().flatMap(({ id, ref }) => {
      return this.#leaving.has(id) ? [] : { id, ref: ref as AnyActorRef | undefined };
    });
  }

  /** Those that do not run first, then those with the fewest tasks, and of these the youngest. */
  #leastBusy(members: readonly Member[], count: number): readonly Member[] {
    const held = ({ id, ref }: Member) => (ref === undefined ? -1 : this.#pool.inFlight(id));
    return members
      .toReversed()
      .sort((a, b) => held(a) - held(b))
      .slice(0, Math.max(0, count));
  }

  /** Nobody looks at a pool whose size is fixed. */
  #lookLater(): void {
    const { min, max } = this.#size;
    const { clock } = this.#options;
    if (this.#timer !== undefined || this.#isClosed || min === max) return;
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.supervisor.status === 'running') this.#look();
      this.#lookLater();
    }, LOOK_PERIOD);
    clock.unref?.(this.#timer);
  }

  /** Adds a thread where tasks wait for long, or lets one go that has had nothing to do for long. */
  #look(): void {
    const { max, min } = this.#size;
    const staying = this.#staying();
    this.#pool.mayGrow = staying.length < max;
    if (this.#pool.longestWait >= LONG_WAIT) {
      // Whether it starts or not, its supervisor sees to it.
      if (staying.length < max && this.#coming === 0) this.#hire().catch(() => {});
      return;
    }
    for (const member of staying) {
      if (member.ref === undefined) continue;
      if (!this.#hasIdledLong(member.id) || staying.length <= min) continue;
      this.#dismiss(member);
      return;
    }
  }

  #hasIdledLong(id: string): boolean {
    const now = this.#options.clock.now();
    const answered = this.#pool.answered(id);
    const known = this.#idle.get(id);
    if (this.#pool.inFlight(id) > 0 || known?.answered !== answered) {
      this.#idle.set(id, { answered, since: now });
      return false;
    }
    return now - known.since >= this.#size.idleTimeout;
  }

  #close(): void {
    this.#isClosed = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
  }
}

interface Member {
  readonly id: string;
  /** Undefined while it waits to be started again. */
  readonly ref: AnyActorRef | undefined;
}

/** Resolves when a worker is ready, or has been told to leave; rejects when it does not start. */
function begun(ref: AnyActorRef): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = ({ value }: { readonly value: unknown }) => {
      if (value !== 'ready') return;
      subscription.unsubscribe();
      resolve();
    };
    const fail = (cause: unknown) => {
      const { kind, error } = exitReasonOf(cause);
      reject(TroupeError.from(error ?? kind, 'HandshakeFailed', 'a worker did not start'));
    };
    const subscription = ref.subscribe({ next: look, error: fail, complete: resolve });
    look(ref.getSnapshot());
  });
}
