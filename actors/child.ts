import type { AnyActorRef } from 'xstate';
import {
  type ExitReason,
  SHUTDOWN,
  type SupervisionNode,
  TroupeError,
} from '../src/model/index.ts';

/** What a starting child is told of its supervisor. */
export interface ChildHost {
  readonly id: string;
  readonly parent: AnyActorRef;
  /** Tells the supervisor that the child ended; for children that are no actors. */
  exited(reason: ExitReason): void;
}

/** A child that runs. Its end reaches the supervisor once, whoever wanted it. */
export interface RunningChild {
  /** Asks it to end in its own time. */
  stop(): void;
  /** Ends it now. */
  kill(): void;
  /** The state of a child that has one to show. */
  status?(): string;
  /** The children of a child that has some. */
  children?(): readonly SupervisionNode[];
}

/** Starts a child. A promise makes the next sibling wait; a throw is a failed start. */
export type StartChild = (host: ChildHost) => RunningChild | Promise<RunningChild>;

/** Something with a beginning and an end that is no actor, such as a journal. */
export interface Service {
  start?(): void | Promise<void>;
  stop?(): void | Promise<void>;
}

export function service({ start, stop }: Service): StartChild {
  return async ({ id, exited }) => {
    await start?.();
    let ended = false;
    const end = (reason: ExitReason) => {
      if (ended) return;
      ended = true;
      exited(reason);
    };
    return {
      stop() {
        Promise.resolve(stop?.()).then(
          () => end(SHUTDOWN),
          (cause) => {
            const error = TroupeError.from(cause, 'InvalidState', `${id} did not stop cleanly`);
            end({ kind: 'error', error });
          },
        );
      },
      kill: () => end({ kind: 'killed' }),
    };
  };
}
