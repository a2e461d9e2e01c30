import type { ExitReason } from '../model/index.ts';

/** What becomes of a thread, told to whoever opened it. */
export interface ThreadListener {
  /** The thread speaks our protocol and takes tasks. */
  ready(): void;
  /** A task has outlived its end and does not yield. */
  overdue(): void;
  /** The overdue task yielded after all. */
  yielded(): void;
  /** It is to end, and has no task left: what is missing is its end. */
  emptied(): void;
  /** Its event loop has not turned for too long: it must be ended. */
  hung(): void;
  /** It has served as long as it should: it is to be replaced, between two tasks. */
  worn(): void;
  /** The session broke the protocol: it must be ended. */
  broken(error: Error): void;
  /** The thread is gone, with its tasks settled; the last call. */
  exited(reason: ExitReason): void;
}

/** One thread that hosts a session. */
export interface Thread {
  /** Takes no new task and ends when those it has are done. */
  drain(): void;
  /** As `drain`, and the thread itself goes with its session: with its heap, and all that it holds. */
  retire(): void;
  /** Ends it now, whatever it does; `exited` follows. */
  kill(reason: ExitReason): void;
}

/** Opens threads; the pool behind a worker actor. */
export interface ThreadHost {
  /** It opens no more of them, as it ends. */
  readonly isClosed: boolean;
  open(worker: string, listener: ThreadListener): Thread;
  /**
   * One of its threads will probably have to be replaced soon: the next one may start already.
   * @returns whether it does
   */
  prepare(): boolean;
  /** It will not, after all. */
  standDown(): void;
}
