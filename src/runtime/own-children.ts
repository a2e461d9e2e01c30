import type { ChildStart, Supervisor } from '../../actors/index.ts';
import { type PartialChildSpec, TroupeError } from '../model/index.ts';

type Spec = PartialChildSpec<ChildStart>;

/** Which of those that have had an id: that of this very start. */
type OwnChild = Pick<Spec, 'id' | 'start'>;

/**
 * What the embedder starts: actors and supervisors right below `user`. A handle stands for one of them,
 * also through its restarts, and never for another that has its id later.
 */
export class OwnChildren {
  readonly #supervisor: Supervisor;
  readonly #closed: () => TroupeError | undefined;
  /** The ids of those whose first start is under way. */
  readonly #starting = new Set<string>();
  /** Those that somebody stops. */
  readonly #ending = new Set<unknown>();

  /** @param closed why nothing is started, once nothing is */
  constructor(supervisor: Supervisor, closed: () => TroupeError | undefined) {
    this.#supervisor = supervisor;
    this.#closed = closed;
  }

  /**
   * Starts one, with a budget of its own.
   * @throws TroupeError as `Supervisor.startChild`; `RuntimeClosed` also when that comes meanwhile
   */
  async start(spec: Spec): Promise<void> {
    const { id, budget = {} } = spec;
    if (this.#isStarting(id)) {
      throw new TroupeError('AlreadyStarted', `${id} is being started already`, {
        details: { supervisor: this.#supervisor.id, child: id },
      });
    }
    this.#starting.add(id);
    try {
      await this.#supervisor.startChild({ ...spec, budget });
    } catch (error) {
      throw this.#told(error, id);
    } finally {
      this.#starting.delete(id);
    }
  }

  /** Its place in the tree, as it stands; undefined once it has none. */
  statusOf(child: OwnChild): string | undefined {
    return this.#has(child) ? this.#supervisor.statusOfChild(child.id) : undefined;
  }

  /** Ends it for good; nothing once it is gone, whoever has its id by then. */
  async stop(child: OwnChild): Promise<void> {
    if (!this.#has(child)) return;
    this.#ending.add(child.start);
    try {
      await this.#supervisor.terminateChild(child.id);
    } finally {
      this.#ending.delete(child.start);
    }
  }

  #has({ id, start }: OwnChild): boolean {
    return this.#supervisor.has(id) && this.#supervisor.getChildSpec(id).start === start;
  }

  /** A start that hangs must not keep another one of its id waiting; one that is stopped frees it. */
  #isStarting(id: string): boolean {
    if (this.#starting.has(id)) return true;
    if (this.#supervisor.statusOfChild(id) !== 'starting') return false;
    return !this.#ending.has(this.#supervisor.getChildSpec(id).start);
  }

  /** What an embedder has to know of a refusal. */
  #told(error: unknown, id: string): unknown {
    const { code } = error as TroupeError;
    if (code === 'InvalidState') return this.#closed() ?? error;
    if (code !== 'AlreadyPresent') return error;
    const { details } = error as TroupeError;
    const status = this.#supervisor.statusOfChild(id) ?? 'stopped';
    const message = `${id} is there already, and ${status}: the stop() of its handle frees the id`;
    return new TroupeError('AlreadyPresent', message, { details: { ...details, status } });
  }
}
