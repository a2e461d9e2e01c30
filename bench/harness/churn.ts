/** The measuring loop of `supervision-scale`, the same for every JavaScript contestant. */

import { usedHeap } from './heap.ts';
import { microsecondsEach, type RepeatWindow, repeat } from './repeat.ts';

export interface ChurnWindow extends RepeatWindow {
  /** Children that are there while others come and go. */
  readonly live: number;
  /** Who ends when a new one has been made: the new ones, or those that have lived longest. */
  readonly ends: 'newest' | 'oldest';
}

/** A parent whose children are told to begin when they are made. */
export interface Parent<Child> {
  spawn(id: string): Child;
  /** Lets the child reach its own end. */
  finish(child: Child): void;
  /** Children that are there, by the parent's own books. */
  readonly size: number;
}

/** So many are made before as many end. */
const BATCH = 1_000;

/** Microseconds that one more child costs, from its making to its end. */
export async function measureChurn<Child>(
  parent: Parent<Child>,
  { live, ends, ...window }: ChurnWindow,
): Promise<number> {
  const children: Child[] = [];
  let made = 0;
  let oldest = 0;
  const spawn = () => parent.spawn(`execution-${made++}`);

  /** The one that ends in its place; the child itself, or the oldest, whose place it takes. */
  const leaver = (child: Child): Child => {
    if (ends === 'newest') return child;
    const leaving = children[oldest] as Child;
    children[oldest] = child;
    oldest = oldest + 1 === live ? 0 : oldest + 1;
    return leaving;
  };

  for (let i = 0; i < live; i++) children.push(spawn());
  const added: Child[] = new Array(BATCH);
  const repeated = await repeat(() => {
    for (let i = 0; i < BATCH; i++) added[i] = spawn();
    for (let i = 0; i < BATCH; i++) parent.finish(leaver(added[i] as Child));
    check(parent, live);
    return BATCH;
  }, window);
  return microsecondsEach(repeated);
}

/** Bytes of heap that each of so many children holds. */
export function measureHeap<Child>(parent: Parent<Child>, live: number): number {
  const children: Child[] = new Array(live);
  const before = usedHeap();
  for (let i = 0; i < live; i++) children[i] = parent.spawn(`execution-${i}`);
  const bytes = (usedHeap() - before) / live;
  check(parent, live);
  // Every child is still wanted: what is measured must not be collected before.
  for (const child of children) parent.finish(child);
  check(parent, 0);
  return bytes;
}

function check({ size }: { readonly size: number }, expected: number): void {
  if (size !== expected) throw new Error(`${size} children are there, expected ${expected}`);
}
