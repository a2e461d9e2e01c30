import type { HelloMessage } from '../ipc/index.ts';
import type { TroupeError } from '../model/index.ts';
import type { Clock, Logger } from '../ports/index.ts';
import type { JobRecord } from './job-record.ts';
import type { TaskTable } from './task-table.ts';

/** A session, as far as its pool has to tell it from others. */
export interface Link {
  readonly worker: string;
}

/** What a session tells its pool. */
export interface LinkHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tasks: TaskTable;
  readonly recycle: RecycleOptions;
  /** Milliseconds for a task to stop, where its worker cannot be ended. @default its worker is ended */
  readonly patience?: number | undefined;
  /** @throws TroupeError `HandshakeFailed` when the hello is not acceptable */
  greeted(link: Link, hello: HelloMessage): void;
  refused(link: Link, error: Error): void;
  /** Jobs were answered: there may be credit again. */
  relieved(): void;
  /** The session broke the protocol. */
  broken(link: Link, error: TroupeError): void;
  /** Jobs that were sent and will not be run there; in order. */
  returned(records: readonly JobRecord[]): void;
  /** A job of this `concurrencyKey` was answered, or will never be. */
  released(key: string): void;
  /** The worker should be replaced, between two tasks. */
  worn(link: Link, why: WornReason): void;
}

/**
 * When a worker is replaced though nothing is wrong with it; never in the middle of a task. What it was
 * sent and has not started goes to others.
 */
export interface RecycleOptions {
  /** Tasks that it has answered. @default no limit */
  readonly tasks?: number | undefined;
  /** Milliseconds since it took tasks first; looked at when it answers. @default no limit */
  readonly age?: number | undefined;
  /** Bytes of the JavaScript heap, garbage included. @default no limit */
  readonly heap?: number | undefined;
  /** Bytes outside of the heap: buffers and the like. @default no limit */
  readonly external?: number | undefined;
}

/** Why a worker is replaced though nothing is wrong with it. */
export type WornReason = 'tasks' | 'age' | 'heap' | 'external' | 'asked';
