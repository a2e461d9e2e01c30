import type { ResolvedValueOptions } from '../ipc/index.ts';
import type { TaskModuleSource } from '../model/index.ts';
import type { Clock, EventSink, Logger } from '../ports/index.ts';
import type { Carrier } from './carrier.ts';
import type { DistributorOptions } from './distributor.ts';
import type { RecycleOptions } from './link-host.ts';

/** As Node's `Worker` takes them. They bound the JavaScript heap, not the memory of buffers. */
export interface ThreadLimits {
  /** MiB of the heap in which objects live that have outlasted a collection. From 8: Node has to start in it. */
  readonly maxOldGenerationSizeMb?: number;
  /** MiB of the heap in which objects are born. @default of a thread 16 if the other is bounded, else Node's */
  readonly maxYoungGenerationSizeMb?: number;
  /** MiB, from 0.5. */
  readonly stackSizeMb?: number;
}

/** What the places are like in which sessions run. */
export interface PlaceOptions {
  /** Heap limits of each thread. */
  readonly resourceLimits?: ThreadLimits;
  /** The environment of the threads. @default the process's own, shared */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Node's options for the threads. @default the process's own */
  readonly execArgv?: readonly string[] | undefined;
}

export interface WorkerPoolOptions extends DistributorOptions, PlaceOptions {
  /** Threads that must have said hello for the pool to be ready. */
  readonly threads: number;
  /** What every thread loads, in this order. */
  readonly modules: readonly TaskModuleSource[];
  /** Opens what the sessions run in. @default threads */
  readonly carrier?: Carrier;
  /** Tasks that a worker may have under way at once: more than 1 is for tasks that wait. @default 1 */
  readonly concurrency?: number;
  readonly recycle?: RecycleOptions;
  /**
   * Milliseconds after which the caller of a task is told that was asked to stop and does not, where nobody
   * can end it. @default its worker is ended
   */
  readonly patience?: number;
  /** Milliseconds without a turn of its event loop after which a worker that has work is ended. @default no limit */
  readonly hangTimeout?: number | undefined;
  /** How values travel to the threads and back. @default as the codec does */
  readonly values?: ResolvedValueOptions;
  /** Processor cores for it. @default as many as the process may use */
  readonly cores?: number;
  readonly clock: Clock;
  readonly sink: EventSink;
  readonly logger: Logger;
}
