import {
  type ChildSpec,
  type ChildType,
  describe,
  invalidOption,
  type Strategy,
  type SupervisionNode,
  TroupeError,
} from '../src/model/index.ts';
import type { ChildStart } from './child-start.ts';
import { type ChildOwner, SupervisedChild } from './supervised-child.ts';

/** A child as `whichChildren` lists it. */
export interface ListedChild {
  readonly id: string;
  readonly type: ChildType;
  /** Undefined for one that does not run. */
  readonly ref: unknown;
  readonly status: SupervisedChild['status'];
}

const PRESENT: ReadonlySet<SupervisedChild['status']> = new Set([
  'running',
  'starting',
  'restarting',
]);

/** The children of a supervisor, in the order of their start; of a dynamic one, its instances. */
export class Children {
  strategy: Strategy;
  readonly #owner: ChildOwner;
  #byId = new Map<string, SupervisedChild>();
  /** Those of a dynamic supervisor by what stands for them. */
  readonly #instances = new Map<unknown, SupervisedChild>();
  readonly #pastInstances = new WeakSet<object>();

  constructor(owner: ChildOwner, strategy: Strategy) {
    this.#owner = owner;
    this.strategy = strategy;
  }

  get isDynamic(): boolean {
    return this.strategy === 'dynamic';
  }

  get size(): number {
    return this.#byId.size;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  get(id: string): SupervisedChild | undefined {
    return this.#byId.get(id);
  }

  /** Whether this very child, not another of its id, is still one. */
  includes(child: SupervisedChild): boolean {
    return this.#byId.get(child.spec.id) === child;
  }

  inOrder(): SupervisedChild[] {
    return [...this.#byId.values()];
  }

  add(spec: ChildSpec<ChildStart>, args?: unknown): SupervisedChild {
    const child = new SupervisedChild(this.#owner, spec, args);
    this.#byId.set(spec.id, child);
    return child;
  }

  delete(child: SupervisedChild): void {
    if (this.includes(child)) this.#byId.delete(child.spec.id);
  }

  /** @throws TroupeError `ChildNotFound` */
  known(id: string): SupervisedChild {
    const child = this.#byId.get(id);
    if (child === undefined) throw this.#notFound(id);
    return child;
  }

  /**
   * By its id; of a dynamic supervisor, by what stands for the instance.
   *
   * @returns undefined for an instance that has ended
   * @throws TroupeError `ChildNotFound`, `InvalidOption` for the id of an instance
   */
  find(child: unknown): SupervisedChild | undefined {
    if (!this.isDynamic) return this.known(child as string);
    const found = this.#instances.get(child);
    if (found !== undefined) return found;
    if (typeof child === 'string') throw invalidOption('child', 'an instance, not its id', child);
    const isPast = typeof child === 'object' && child !== null && this.#pastInstances.has(child);
    if (isPast) return undefined;
    throw this.#notFound(child);
  }

  /** An instance has begun. */
  began(child: SupervisedChild): void {
    if (this.isDynamic) this.#instances.set(child.ref, child);
  }

  /** Its instance, if it had one, is gone. */
  ended({ lastRef }: SupervisedChild): void {
    if (!this.isDynamic || lastRef === undefined) return;
    this.#instances.delete(lastRef);
    if (typeof lastRef === 'object' && lastRef !== null) this.#pastInstances.add(lastRef);
  }

  /**
   * Whom the strategy restarts with one that ended, that one included, in the order of their start.
   * Those in quarantine are left alone.
   */
  affectedBy(child: SupervisedChild): SupervisedChild[] {
    if (this.strategy === 'one_for_one' || this.isDynamic) return [child];
    const all = this.inOrder();
    const affected = this.strategy === 'one_for_all' ? all : all.slice(all.indexOf(child));
    return affected.filter((each) => each === child || each.status !== 'quarantined');
  }

  /**
   * Whether there is another significant child: one that runs, or is to.
   *
   * @param areStarting the supervisor has not started all of its children yet
   */
  hasOtherSignificant(child: SupervisedChild, areStarting: boolean): boolean {
    for (const other of this.#byId.values()) {
      if (other === child || !other.spec.significant) continue;
      const isToCome = areStarting && other.lastReason === undefined;
      if (isToCome || PRESENT.has(other.status)) return true;
    }
    return false;
  }

  /** New specs, in their order, for those there are and for new ones; the others come after. */
  respecify(specs: readonly ChildSpec<ChildStart>[]): void {
    const before = this.#byId;
    this.#byId = new Map();
    for (const spec of specs) {
      const child = before.get(spec.id);
      if (child === undefined) {
        this.add(spec);
        continue;
      }
      child.spec = spec;
      this.#byId.set(spec.id, child);
      before.delete(spec.id);
    }
    for (const [id, child] of before) this.#byId.set(id, child);
  }

  list(): readonly ListedChild[] {
    return Array.from(this.#byId.values(), ({ spec: { id, type }, ref, status }) => {
      return { id, type, ref, status };
    });
  }

  nodes(): readonly SupervisionNode[] {
    return Array.from(this.#byId.values(), ({ node }) => node);
  }

  #notFound(child: unknown): TroupeError {
    return new TroupeError('ChildNotFound', `${this.#owner.id} has no child ${describe(child)}`, {
      details: { supervisor: this.#owner.id },
    });
  }
}
