import type { ChildEnded } from '../machines/supervisor.ts';
import {
  type ChildSpec,
  type ChildType,
  describe,
  type ExitReason,
  invalidOption,
  isAbnormal,
  type Strategy,
  type SupervisionNode,
  TroupeError,
} from '../src/model/index.ts';
import type { RestartBudget } from '../src/ports/index.ts';
import type { ChildStart } from './child-start.ts';
import { childOfInstance, markInstance } from './instances.ts';
import { type ChildOwner, SupervisedChild } from './supervised-child.ts';
import type { SupervisionReports } from './supervision-reports.ts';

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

export interface ChildCounts {
  /** Child specifications; of a dynamic supervisor, its template. */
  readonly specs: number;
  /** Children that run. */
  readonly active: number;
  /** Supervisors among the children, running or not. */
  readonly supervisors: number;
  /** All others. */
  readonly workers: number;
}

export interface ChildrenOptions {
  readonly strategy: Strategy;
  /** Children that end for good leave nothing behind, not even their spec. */
  readonly forgets: boolean;
  readonly reports: SupervisionReports;
}

/** The children of a supervisor, in the order of their start; of a dynamic one, its instances. */
export class Children {
  strategy: Strategy;
  readonly #owner: ChildOwner;
  readonly #forgets: boolean;
  readonly #reports: SupervisionReports;
  #byId = new Map<string, SupervisedChild>();
  /** Those of a dynamic supervisor for which something stands that is no object. */
  readonly #byValue = new Map<unknown, SupervisedChild>();

  constructor(owner: ChildOwner, { strategy, forgets, reports }: ChildrenOptions) {
    this.#owner = owner;
    this.strategy = strategy;
    this.#forgets = forgets;
    this.#reports = reports;
  }

  get isDynamic(): boolean {
    return this.strategy === 'dynamic';
  }

  /** No child's start is another's business. */
  get areIndependent(): boolean {
    return this.strategy === 'one_for_one' || this.isDynamic;
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
    if (!this.includes(child)) return;
    this.#byId.delete(child.spec.id);
    if (this.#byValue.size > 0) this.#byValue.delete(child.lastRef);
  }

  /** @throws TroupeError `ChildNotFound` */
  known(id: string): SupervisedChild {
    const child = this.#byId.get(id);
    if (child === undefined) throw this.notFound(id);
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
    const found = childOfInstance(child) ?? this.#byValue.get(child);
    if (found?.isOf(this.#owner)) return this.#standsFor(child, found) ? found : undefined;
    if (typeof child === 'string') throw invalidOption('child', 'an instance, not its id', child);
    throw this.notFound(child);
  }

  /** An instance has begun. */
  began(child: SupervisedChild): void {
    if (!this.isDynamic) return;
    const { ref } = child;
    if (Object(ref) === ref) markInstance(ref as object, child);
    else this.#byValue.set(ref, child);
  }

  /** Stops one within its own time. */
  async stop(child: SupervisedChild): Promise<void> {
    const problem = await child.stop();
    if (problem !== undefined) this.#reports.report('shutdown_error', child, problem);
  }

  /** One did not start when it was to. */
  startFailed(child: SupervisedChild, { cause }: TroupeError): void {
    this.#reports.report('start_error', child, { kind: 'error', error: cause });
  }

  /** One stays away: it leaves nothing behind where it must not. */
  forget(child: SupervisedChild | undefined): void {
    const isGone = child?.spec.restart === 'temporary' || this.#forgets || this.isDynamic;
    if (child !== undefined && isGone && child.running === undefined) this.delete(child);
  }

  /**
   * One has ended that nobody asked to.
   * @param isTaken it was to be stopped anyway
   * @returns whether it is still one of these
   */
  hasEnded(child: SupervisedChild, reason: ExitReason, isTaken: boolean): boolean {
    if (!this.includes(child)) return false;
    if (isAbnormal(reason) || child.spec.restart === 'permanent') {
      this.#reports.report(isTaken ? 'shutdown_error' : 'child_terminated', child, reason);
    }
    return true;
  }

  /**
   * What the chart is told of a child's end, or of a start that failed.
   * @param areStarting the supervisor has not started all of its children yet
   */
  endOf(child: SupervisedChild, reason: ExitReason, areStarting: boolean): ChildEnded {
    const { id, restart, significant, budget } = child.spec;
    const isWanted = restart === 'permanent' || (restart === 'transient' && isAbnormal(reason));
    const isHeld = isWanted && child.isHeld();
    return {
      type: 'child.exited',
      id,
      reason,
      restart,
      significant: significant && (this.#hasOtherSignificant(child, areStarting) ? 'one' : 'last'),
      spends: isHeld || budget !== undefined ? 'nothing' : 'intensity',
      isExhausted: isWanted && !isHeld && child.spendBudget(),
    };
  }

  /** Whether it stands for the child's present instance, not for one of the past. */
  #standsFor(ref: unknown, child: SupervisedChild): boolean {
    return child.ref === ref && this.includes(child);
  }

  /**
   * Whom the strategy restarts with one that ended, that one included, in the order of their start.
   * Those in quarantine are left alone.
   */
  affectedBy(child: SupervisedChild): SupervisedChild[] {
    if (this.areIndependent) return [child];
    const all = this.inOrder();
    const affected = this.strategy === 'one_for_all' ? all : all.slice(all.indexOf(child));
    return affected.filter((each) => each === child || each.status !== 'quarantined');
  }

  /** Whether there is another significant child: one that runs, or is to. */
  #hasOtherSignificant(child: SupervisedChild, areStarting: boolean): boolean {
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

  /** Those that have spent something of a budget of their own. */
  *spentBudgets(): Iterable<RestartBudget> {
    for (const { spec, budgetLeft = Infinity } of this.#byId.values()) {
      const { intensity = 0 } = spec.budget ?? {};
      if (budgetLeft < intensity) yield { id: spec.id, restartsLeft: budgetLeft, intensity };
    }
  }

  list(): readonly ListedChild[] {
    return Array.from(this.#byId.values(), ({ spec: { id, type }, ref, status }) => {
      return { id, type, ref, status };
    });
  }

  count(): ChildCounts {
    let active = 0;
    let supervisors = 0;
    for (const { spec, running } of this.#byId.values()) {
      if (running !== undefined) active++;
      if (spec.type === 'supervisor') supervisors++;
    }
    const { size } = this;
    return { specs: size, active, supervisors, workers: size - supervisors };
  }

  nodes(): readonly SupervisionNode[] {
    return Array.from(this.#byId.values(), ({ node }) => node);
  }

  notFound(child: unknown): TroupeError {
    const { id } = this.#owner;
    const what = typeof child === 'string' ? 'child' : 'such child:';
    return new TroupeError('ChildNotFound', `${id} has no ${what} ${describe(child)}`, {
      details: { supervisor: id },
    });
  }
}
