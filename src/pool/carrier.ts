import {
  type HostMessage,
  type ResolvedValueOptions,
  type SharedSlots,
  sharedSlots,
  type Transport,
  type WorkerMessage,
} from '../ipc/index.ts';
import type { ExitReason, TaskModuleSource } from '../model/index.ts';

/** What every session is told as it begins, wherever it runs. */
export interface SessionSettings {
  /** What it loads, in this order. */
  readonly modules: readonly TaskModuleSource[];
  /** Tasks that it may have under way at once. */
  readonly concurrency: number;
  readonly values?: ResolvedValueOptions | undefined;
  /** Bytes beyond which it asks to be replaced, if it has to watch that. */
  readonly memory?: {
    readonly heap?: number | undefined;
    readonly external?: number | undefined;
  };
}

/** A place of its own in which one session runs. */
export interface Carried {
  readonly transport: Transport<HostMessage, WorkerMessage>;
  readonly shared: SharedSlots;
  /** Ends it, whatever it does; its end is told of as any. */
  kill(): void;
}

/** Opens places in which sessions run: threads, for one. */
export interface Carrier {
  /**
   * Throws where there is no place to be had; @see openPlace
   * @param ended is told once, when the session is gone and nothing more will be heard of it: why, or
   *   undefined when it ended by itself
   */
  open(settings: SessionSettings, ended: (reason: ExitReason | undefined) => void): Carried;
  /** Places that were ended and live on. */
  readonly zombies: number;
  /** Ends all that there are. @returns when they are gone, also those that were ended long ago */
  destroy(): Promise<void>;
}

/** As `carrier.open`, but one that throws has opened a place that is gone already. */
export function openPlace(
  carrier: Carrier,
  settings: SessionSettings,
  ended: (reason: ExitReason | undefined) => void,
): Carried {
  try {
    return carrier.open(settings, ended);
  } catch (error) {
    queueMicrotask(() => ended({ kind: 'handshake_failed', error }));
    return { transport: NOBODY, shared: sharedSlots(settings.concurrency), kill() {} };
  }
}

/** A line at whose other end nobody is. */
export const NOBODY: Transport<HostMessage, WorkerMessage> = {
  write: () => false,
  flush() {},
  receive() {},
  poll: () => false,
  overhear: () => false,
  close() {},
};
