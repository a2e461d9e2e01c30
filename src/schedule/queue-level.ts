import type { FairLevel } from './fair-level.ts';
import { Fifo } from './fifo.ts';
import type { Lane } from './lane.ts';
import { MAX_PRIORITY } from './priority-levels.ts';

/** What a dispatch queue asks of its items. What is readonly does not change while one is queued. */
export interface QueueItem {
  /** Higher goes first; see `priorityLevel`. */
  readonly priority: number;
  /** When it came, in monotonic milliseconds: what comes later was not earlier. */
  readonly since: number;
  readonly taskId: string;
  /** Whom it is done for: those of one key have their limits and their share together. */
  readonly concurrencyKey: string | undefined;
  /** The queue's own; whoever makes the item sets it to false and leaves it alone. */
  isQueued: boolean;
}

/** All of one priority: in one line, until one comes that has a key or a rate. */
export interface QueueLevel<T extends QueueItem> {
  readonly index: number;
  readonly priority: number;
  readonly plain: Fifo<T>;
  /** Holds `plain` as well; undefined while nothing here has a key or a rate. */
  fair: FairLevel<T> | undefined;
  /** Kept for the next time. */
  spare: FairLevel<T> | undefined;
  isOccupied: boolean;
}

/** An empty one. */
export function createLevel<T extends QueueItem>(index: number): QueueLevel<T> {
  return {
    index,
    priority: MAX_PRIORITY - index,
    plain: new Fifo<T>(),
    fair: undefined,
    spare: undefined,
    isOccupied: false,
  };
}

export function sizeOf<T extends QueueItem>({ plain, fair }: QueueLevel<T>): number {
  return fair === undefined ? plain.size : fair.size;
}

export function firstOf<T extends QueueItem>(
  { plain, fair }: QueueLevel<T>,
  lane: Lane<T> | undefined,
): T | undefined {
  return fair === undefined ? plain.peek() : lane?.items.peek();
}
