import type { Configuration } from './configuration.ts';
import type { Snapshot } from './xstate-internals.ts';

/** By the keys that a snapshot has them under. */
export type Children = Readonly<Record<string, unknown>>;

/**
 * The snapshot after another: as plain as XState's own, but not made by a literal. V8 soon takes what
 * long-lived literals make for old from birth; then each that comes keeps the dead before it alive
 * until the next whole collection, and with 100,000 live actors one costs twice as much.
 *
 * @param to undefined to stay where it is
 */
function nextSnapshot(
  this: Record<string, unknown>,
  previous: Snapshot,
  to: Configuration | undefined,
  status: string,
  output: unknown,
  context: unknown,
  children: Children,
): void {
  // The fields in XState's order, so that all snapshots have one shape.
  this.status = status;
  this.output = output;
  this.error = undefined;
  this.machine = previous.machine;
  this.context = context;
  this._nodes = to === undefined ? previous._nodes : to.nodes;
  this.value = to === undefined ? previous.value : to.value;
  this.tags = to === undefined ? previous.tags : to.tags;
  this.children = children;
  this.historyValue = previous.historyValue;
  this.matches = previous.matches;
  this.hasTag = previous.hasTag;
  this.can = previous.can;
  this.getMeta = previous.getMeta;
  this.toJSON = previous.toJSON;
}
nextSnapshot.prototype = Object.prototype;

export const NextSnapshot = nextSnapshot as unknown as new (
  ...parts: Parameters<typeof nextSnapshot>
) => Snapshot;
