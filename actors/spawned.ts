import type { Actor, AnyActorLogic, EventFromLogic, InputFrom, SnapshotFrom } from 'xstate';
import { invalidOption, type Restart, type RestartIntensity } from '../src/model/index.ts';
import type { StartChild } from './child.ts';
import { actor, isLogic } from './child-start.ts';

export type { AnyActorLogic as Logic } from 'xstate';

/** The options may be left out where the logic takes no input. */
export type SpawnArguments<L extends AnyActorLogic> =
  undefined extends InputFrom<L> ? [options?: SpawnOptions<L>] : [options: SpawnOptions<L>];

/** What the logic takes; it may be left out where the logic does without. */
type InputOption<Input> = undefined extends Input
  ? { readonly input?: Input | undefined }
  : { readonly input: Input };

export type SpawnOptions<L extends AnyActorLogic> = SpawnSpec & InputOption<InputFrom<L>>;

interface SpawnSpec {
  /** Unique among the actors spawned so. @default a new id */
  readonly id?: string | undefined;
  /**
   * When it is started again after it ended: `permanent` always, `transient` after a failure,
   * `temporary` never. @default 'permanent'
   */
  readonly restart?: Restart | undefined;
  /**
   * How many restarts are borne; with one more it is `quarantined`: it stays down, and nobody else is
   * any the worse. @default 3 restarts in 5000 ms
   */
  readonly budget?: Partial<RestartIntensity> | undefined;
}

/** An actor of your own under supervision: the same handle through all its restarts. */
export interface Spawned<L extends AnyActorLogic> {
  readonly id: string;
  /** The actor of its present life, or of its last. */
  readonly ref: Actor<L>;
  send(event: EventFromLogic<L>): void;
  getSnapshot(): SnapshotFrom<L>;
  /** Stops it for good; then its id is free again, and who has it next is none of this one's business. */
  stop(): Promise<void>;
}

/** An actor of the embedder's own, under supervision: the same handle through all its restarts. */
export class SpawnedActor<L extends AnyActorLogic> {
  readonly id: string;
  readonly #start: ReturnType<typeof actor<L>>;
  #actor: Actor<L> | undefined;

  /** @throws TroupeError `InvalidOption` for what is no actor logic */
  constructor(id: string, logic: L, input: InputFrom<L> | undefined) {
    if (!isLogic(logic)) throw invalidOption('logic', 'a machine or other actor logic', logic);
    this.id = id;
    this.#start = actor(logic, input);
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
  readonly start: StartChild = (host) => {
    const child = this.#start(host);
    this.#actor = child.ref as Actor<L>;
    return child;
  };
}
