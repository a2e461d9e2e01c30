import type { AnyActorRef } from 'xstate';
import { type ChildShutdown, type ExitReason, TroupeError } from '../src/model/index.ts';
import type { TimerHandle } from '../src/ports/index.ts';
import type { ChildHost, Environment } from './child.ts';

/** What the parts of a start need of the supervisor. */
export interface StartOwner {
  readonly environment: Environment;
  /** The actor that children have as parent. */
  readonly ref: AnyActorRef;
}

/** What a start resolves to that nobody waits for any more. */
export const ABANDONED: unique symbol = Symbol('abandoned');

/** One start of a child, and the life that comes of it: what the child is told of its supervisor. */
export class StartAttempt implements ChildHost {
  readonly id: string;
  readonly args: unknown;
  readonly exited: (reason: ExitReason) => void;
  readonly #owner: StartOwner;
  /** It ended before its start was through. */
  ended: ExitReason | undefined;
  #abort: AbortController | undefined;
  #deadline: TimerHandle;
  isAborted = false;
  #isAbandoned = false;
  #abandonment: (() => void) | undefined;
  #onAbandoned: ((value: typeof ABANDONED) => void) | undefined;

  constructor(id: string, owner: StartOwner, args: unknown, exited: (reason: ExitReason) => void) {
    this.id = id;
    this.#owner = owner;
    this.args = args;
    this.exited = exited;
  }

  get parent(): AnyActorRef {
    return this.#owner.ref;
  }

  get environment(): Environment {
    return this.#owner.environment;
  }

  /** Made for the start that looks at it. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.isAborted) this.abort();
    return this.#abort.signal;
  }

  get abandoned(): Promise<typeof ABANDONED> {
    return new Promise((resolve) => {
      if (this.#isAbandoned) resolve(ABANDONED);
      else this.#onAbandoned = resolve;
    });
  }

  abort(): void {
    this.isAborted = true;
    const reason = new TroupeError('InvalidState', `${this.id} is no longer to start`);
    this.#abort?.abort(reason);
  }

  abandonWithin(limit: ChildShutdown): void {
    this.abort();
    if (limit === 'brutal_kill') this.abandon();
    else if (limit !== 'infinity' && this.#deadline === undefined) {
      this.#deadline = this.#owner.environment.clock.setTimeout(() => this.abandon(), limit);
    }
  }

  /** It came to an end by itself, or the life that came of it did. */
  settle(): void {
    if (this.#deadline === undefined) return;
    this.#owner.environment.clock.clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  /** Calls back unless the life that came of it ends before. It keeps no process alive for that. */
  goneWithin(ms: number, then: () => void): void {
    if (this.#deadline !== undefined) return;
    const { clock } = this.#owner.environment;
    this.#deadline = clock.setTimeout(then, ms);
    clock.unref?.(this.#deadline);
  }

  onAbandoned(then: () => void): void {
    this.#abandonment = then;
  }

  abandon(): void {
    this.abort();
    this.#isAbandoned = true;
    this.#abandonment?.();
    this.#onAbandoned?.(ABANDONED);
  }
}
