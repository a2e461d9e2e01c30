import type { AnyActorRef } from 'xstate';
import {
  type ExitReason,
  SHUTDOWN,
  type SupervisionNode,
  TroupeError,
} from '../src/model/index.ts';
import type { Clock, EventSink, Random } from '../src/ports/index.ts';

/** What a supervisor works with, and the supervisors below it. */
export interface Environment {
  readonly clock: Clock;
  /** Draws the jitter of restarts that wait. */
  readonly random: Pick<Random, 'next'>;
  readonly sink: EventSink;
}

/** What a starting child is told of its supervisor. */
export interface ChildHost {
  readonly id: string;
  readonly parent: AnyActorRef;
  readonly environment: Environment;
  /** Aborts when the start is no longer wanted, because the supervisor stops. */
  readonly signal: AbortSignal;
  /** What `startChild` was given for this instance of a dynamic supervisor's template. */
  readonly args: unknown;
  /** Is called when nobody waits for the start any more, though it was aborted and not through. */
  onAbandoned(then: () => void): void;
  /**
   * Tells the supervisor that the child ended, by itself or as it was asked to; for children that are no
   * actors. The first call counts. It must be called within 5000 ms of a `kill`: after that the child is
   * written off.
   */
  exited(reason: ExitReason): void;
}

/** A child that runs. Its end reaches the supervisor once, whoever wanted it. */
export interface RunningChild {
  /** Asks it to end in its own time; `exited` follows. */
  stop(): void;
  /** Ends it now; `exited` follows. */
  kill(): void;
  /** What stands for it outside: an actor, a service. @default this */
  readonly ref?: unknown;
  /** What else its start has to tell to whoever started it. */
  readonly info?: unknown;
  /** The state of a child that has one to show. */
  status?(): string;
  /** The children of a child that has some. */
  children?(): readonly SupervisionNode[];
}

/** Given back by a start that wants to be no child for now, and that is no failure. */
export const IGNORE: unique symbol = Symbol('ignore');

type Startable = RunningChild | typeof IGNORE;

/** Starts a child. A promise makes the next sibling wait; a throw is a failed start. */
export type StartChild = (host: ChildHost) => Startable | PromiseLike<Startable>;

/** Something with a beginning and an end that is no actor, such as a journal or a server. */
export interface Service {
  stop?(): void | Promise<void>;
}

/**
 * How a service is started. A `start` that gives back, or resolves to, something with a `stop` gives
 * back the service; otherwise the recipe itself is it.
 */
export interface ServiceRecipe extends Service {
  start?(signal: AbortSignal): unknown;
}

/**
 * A plain service as a child: it has started when its `start` has settled, and ended when its `stop`
 * has. A stop that rejects ends it nonetheless, for that error.
 */
export function service(recipe: ServiceRecipe): StartChild {
  return async ({ id, signal, exited }) => {
    const made = (await recipe.start?.(signal)) as Service | undefined;
    const ref = typeof made?.stop === 'function' ? made : recipe;
    let ended = false;
    const end = (reason: ExitReason) => {
      if (ended) return;
      ended = true;
      exited(reason);
    };
    const stop = async () => {
      try {
        await ref.stop?.();
        end(SHUTDOWN);
      } catch (cause) {
        const error = TroupeError.from(cause, 'InvalidState', `${id} did not stop cleanly`);
        end({ kind: 'error', error });
      }
    };
    return { ref, stop: () => void stop(), kill: () => end({ kind: 'killed' }) };
  };
}
