import {
  type Actor,
  type AnyActorLogic,
  type EventFromLogic,
  type InputFrom,
  type SnapshotFrom,
  StateMachine,
} from 'xstate';
import { invalidOption, type Restart, SHUTDOWN } from '../src/model/index.ts';
import { compile, spawnActor, stopActor } from '../src/statechart/index.ts';
import type { StartChild } from './child.ts';

export type { AnyActorLogic as Logic } from 'xstate';

export interface SpawnOptions<L extends AnyActorLogic> {
  /** Unique among the actors spawned so. @default a new id */
  readonly id?: string;
  /** What the logic takes. */
  readonly input?: InputFrom<L>;
  /**
   * When it is started again after it ended: `permanent` always, `transient` after a failure,
   * `temporary` never. @default 'permanent'
   */
  readonly restart?: Restart;
}

/** An actor of your own under supervision: the same handle through all its restarts. */
export interface Spawned<L extends AnyActorLogic> {
  readonly id: string;
  /** The actor of its present life, or of its last. */
  readonly ref: Actor<L>;
  send(event: EventFromLogic<L>): void;
  getSnapshot(): SnapshotFrom<L>;
  /** Stops it for good. */
  stop(): Promise<void>;
}

/** An actor of the embedder's own, under supervision: the same handle through all its restarts. */
export class SpawnedActor<L extends AnyActorLogic> {
  readonly id: string;
  readonly #logic: L;
  readonly #input: InputFrom<L>;
  #actor: Actor<L> | undefined;

  /** @throws TroupeError `InvalidOption` for what is no actor logic */
  constructor(id: string, logic: L, input: InputFrom<L> | undefined) {
    if (typeof logic?.transition !== 'function') {
      throw invalidOption('logic', 'a machine or other actor logic', logic);
    }
    this.id = id;
    this.#logic = logic instanceof StateMachine ? (compile(logic) as AnyActorLogic as L) : logic;
    this.#input = input as InputFrom<L>;
  }

  /** The actor of the present life, for whoever wants to subscribe to it; the last one once it ended. */
  get ref(): Actor<L> {
    // Set by the first start, before anybody gets this handle.
    return this.#actor as Actor<L>;
  }

  send(event: EventFromLogic<L>): void {
    this.ref.send(event);
  }

  getSnapshot(): SnapshotFrom<L> {
    return this.ref.getSnapshot() as SnapshotFrom<L>;
  }

  /** Makes the next life, as a child of the supervisor. */
  readonly start: StartChild = ({ id, parent, exited }) => {
    const actor = spawnActor(this.#logic, { parent, id, input: this.#input });
    this.#actor = actor;
    actor.start();
    const end = () => {
      stopActor(actor);
      exited(SHUTDOWN);
    };
    return { stop: end, kill: end, status: () => stateOf(actor.getSnapshot()) };
  };
}

/** The chart's state, or the status of logic that has none. */
function stateOf(snapshot: { readonly status: string; readonly value?: unknown }): string {
  const { status, value } = snapshot;
  if (status !== 'active' || value === undefined) return status;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
