import type { AnyActorRef } from 'xstate';
import {
  CHILD_FIELDS,
  checkNames,
  type PartialChildSpec,
  type PartialSupervisorFlags,
  resolveSupervisorFlags,
  SUPERVISOR_FLAGS,
} from '../src/model/index.ts';
import type { StartChild } from './child.ts';
import type { ChildStart } from './child-start.ts';
import { Supervisor } from './supervisor.ts';

/** A supervisor as a child of another; the child's id must be the supervisor's. */
export function subtree(supervisor: Supervisor): StartChild {
  return async (host) => {
    const { parent, signal } = host;
    signal.addEventListener('abort', () => supervisor.stop(), { once: true });
    host.onAbandoned(() => supervisor.kill());
    await supervisor.start(parent);
    return {
      ref: supervisor,
      stop: () => supervisor.stop(),
      kill: () => supervisor.kill(),
      status: () => supervisor.status,
      children: () => supervisor.tree().children ?? [],
    };
  };
}

/** A supervisor as a child of another: what it supervises, and how it is supervised itself. */
export interface TreeOptions
  extends PartialSupervisorFlags<ChildStart>,
    Omit<PartialChildSpec<ChildStart>, 'start' | 'type'> {}

const TREE_OPTIONS = [
  ...SUPERVISOR_FLAGS,
  ...CHILD_FIELDS.filter((name) => name !== 'start' && name !== 'type'),
];

/**
 * The child specification of a supervisor. Each of its lives is a new one with the children given
 * here; what was added to a former life is gone with it. With `autoShutdown` it is `transient` unless
 * you say otherwise: it ends for `shutdown`, and stays away.
 *
 * @param made is told of the supervisor of each life
 * @throws TroupeError `InvalidOption`, `DuplicateId`
 *
 * @example children: [supervisor({ id: 'shop', strategy: 'one_for_all', children: [cart, till] })]
 */
export function supervisor(
  options: TreeOptions,
  made: (supervisor: Supervisor) => void = () => {},
): PartialChildSpec<ChildStart> {
  checkNames(options, TREE_OPTIONS);
  const { strategy, intensity, autoShutdown, children, maxChildren, ...own } = options;
  const flags = { strategy, intensity, autoShutdown, children, maxChildren };
  // One that ends when its work is done must not be started again for that.
  const isTransient = resolveSupervisorFlags(flags).autoShutdown !== 'never';
  const restart = own.restart ?? (isTransient ? 'transient' : 'permanent');
  const start: StartChild = (host) => {
    const life = new Supervisor({ ...flags, ...host.environment, id: host.id });
    made(life);
    return subtree(life)(host);
  };
  return { ...own, restart, type: 'supervisor', start };
}

/** Who has a supervisor as its child. */
export interface SupervisorKeeper {
  /** The status of the child of this spec; undefined once there is none. */
  statusOf(spec: PartialChildSpec<ChildStart>): string | undefined;
  /** Ends the child of this spec for good. */
  stop(spec: PartialChildSpec<ChildStart>): Promise<void>;
}

/**
 * A supervisor of the embedder's own: the same handle through all its restarts, with what can be done
 * to its children (`docs/supervision.md`). A promise rejects with `InvalidState` while it is not
 * running.
 */
export class SupervisorHandle {
  readonly id: string;
  readonly spec: PartialChildSpec<ChildStart>;
  readonly #keeper: SupervisorKeeper;
  #current: Supervisor | undefined;

  constructor(options: TreeOptions, keeper: SupervisorKeeper) {
    this.spec = supervisor(options, (made) => {
      this.#current = made;
    });
    this.id = this.spec.id;
    this.#keeper = keeper;
  }

  /** The supervisor of the present life, or of the last. */
  get #supervisor(): Supervisor {
    // Set by the first start, before anybody gets this handle.
    return this.#current as Supervisor;
  }

  /** The actor of the present life, or of the last: what `monitor` and `link` watch. */
  get ref(): AnyActorRef {
    return this.#supervisor.ref;
  }

  /** As the tree shows it: that of the supervisor, or, between two of its lives, what becomes of it. */
  get status(): string {
    const status = this.#keeper.statusOf(this.spec) ?? 'running';
    return status === 'running' ? this.#supervisor.status : status;
  }

  /** @see Supervisor.startChild */
  startChild(...child: Parameters<Supervisor['startChild']>): ReturnType<Supervisor['startChild']> {
    return this.#supervisor.startChild(...child);
  }

  /** @see Supervisor.terminateChild */
  terminateChild(child: unknown): Promise<void> {
    return this.#supervisor.terminateChild(child);
  }

  /** @see Supervisor.restartChild */
  restartChild(id: string): ReturnType<Supervisor['restartChild']> {
    return this.#supervisor.restartChild(id);
  }

  /** @see Supervisor.deleteChild */
  deleteChild(id: string): Promise<void> {
    return this.#supervisor.deleteChild(id);
  }

  /** @see Supervisor.whichChildren */
  whichChildren(): ReturnType<Supervisor['whichChildren']> {
    return this.#supervisor.whichChildren();
  }

  /** @see Supervisor.countChildren */
  countChildren(): ReturnType<Supervisor['countChildren']> {
    return this.#supervisor.countChildren();
  }

  /** @see Supervisor.getChildSpec */
  getChildSpec(id: string): ReturnType<Supervisor['getChildSpec']> {
    return this.#supervisor.getChildSpec(id);
  }

  /** @see Supervisor.reconfigure */
  reconfigure(change: Parameters<Supervisor['reconfigure']>[0]): void {
    this.#supervisor.reconfigure(change);
  }

  /**
   * Stops it for good, and all below it, each within its own time; then its id is free again. One that
   * has gone, and whose id another has by now, is left as it is.
   */
  stop(): Promise<void> {
    return this.#keeper.stop(this.spec);
  }

  /** The supervisor and all below it, as it stands. */
  tree(): ReturnType<Supervisor['tree']> {
    return { ...this.#supervisor.tree(), status: this.status };
  }
}
