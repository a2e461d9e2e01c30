/**
 * OTP's rules for supervisors, and ours for back-off, budgets and gates, written down plainly:
 * everything happens at once, one thing after the other. What a supervisor of the runtime does must be
 * the same, step by step.
 */

import type { Restart } from '../../src/model/index.ts';

/** What OTP's supervisors do not have. */
export interface Extras {
  readonly backOff?: {
    readonly initial: number;
    readonly factor: number;
    readonly max: number;
    readonly resetAfter: number;
  };
  readonly budget?: { readonly intensity: number; readonly period: number };
  /** It is held back while the gate is shut: there is one for all. */
  readonly isGated?: boolean;
}

export interface LeafSpec extends Extras {
  readonly kind: 'leaf';
  readonly id: string;
  readonly restart: Restart;
}

export interface TreeSpec extends Extras {
  readonly kind: 'tree';
  readonly id: string;
  readonly restart: Restart;
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly intensity: number;
  readonly period: number;
  readonly children: readonly NodeSpec[];
}

export type NodeSpec = LeafSpec | TreeSpec;

/** After so many milliseconds a shut gate is asked again. */
export const GATE_PERIOD = 25;

/** What both worlds share: what is written down of leaves, how often their starts still fail, the gate. */
export class World {
  readonly log: string[] = [];
  isShut = false;
  readonly #failures = new Map<string, number>();

  failNext(id: string, times: number): void {
    this.#failures.set(id, times);
  }

  /** A leaf is to start; false when it fails. */
  starts(id: string): boolean {
    const left = this.#failures.get(id) ?? 0;
    this.#failures.set(id, Math.max(0, left - 1));
    this.log.push(left > 0 ? `${id} fails` : `${id} starts`);
    return left === 0;
  }

  stops(id: string): void {
    this.log.push(`${id} stops`);
  }
}

/** Time, and what is to happen in it. */
export class ModelTime {
  now = 0;
  #wakes: { readonly at: number; readonly act: () => void }[] = [];

  /** @returns the way to cancel it */
  after(ms: number, act: () => void): () => void {
    const wake = { at: this.now + ms, act };
    this.#wakes.push(wake);
    return () => {
      this.#wakes = this.#wakes.filter((each) => each !== wake);
    };
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.now = next.at;
      this.#wakes = this.#wakes.filter((each) => each !== next);
      next.act();
    }
    this.now = end;
  }

  #next(end: number) {
    const due = this.#wakes.filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}

class ModelNode {
  readonly spec: NodeSpec;
  state: 'up' | 'down' | 'restarting' | 'quarantined' = 'down';
  tree: ModelSupervisor | undefined;
  /** While it is to be restarted: with whom, and whether that one's wait is over. */
  leader: ModelNode | undefined;
  isDue = false;
  /** Cancels its wait. */
  wait: (() => void) | undefined;
  spent: number[] = [];
  inARow = 0;
  startedAt = 0;

  constructor(spec: NodeSpec) {
    this.spec = spec;
  }

  get isUp(): boolean {
    return this.state === 'up';
  }

  restartsWith(leader: ModelNode): void {
    this.cancel();
    this.state = 'restarting';
    this.leader = leader;
    this.isDue = false;
  }

  cancel(): void {
    if (this.state === 'restarting') this.state = 'down';
    this.wait?.();
    this.wait = undefined;
  }

  get mayStart(): boolean {
    return this.state === 'restarting' && (this.isDue || this.leader?.state !== 'restarting');
  }
}

export class ModelSupervisor {
  readonly spec: TreeSpec;
  readonly #world: World;
  readonly #time: ModelTime;
  readonly #onEnd: () => void;
  #nodes: ModelNode[];
  #restarts: number[] = [];
  readonly #unheard = new Set<ModelNode>();
  /** Heard of, and about to be restarted one after the other. */
  #toRestart: ModelNode[] = [];
  hasEnded = false;

  /** @param onEnd it gave up */
  constructor(spec: TreeSpec, world: World, time: ModelTime, onEnd: () => void) {
    this.spec = spec;
    this.#world = world;
    this.#time = time;
    this.#onEnd = onEnd;
    this.#nodes = spec.children.map((child) => new ModelNode(child));
  }

  /** False when a child did not start. */
  start(): boolean {
    for (const node of this.#nodes) {
      if (this.#start(node)) continue;
      this.stop();
      return false;
    }
    return true;
  }

  stop(): void {
    this.hasEnded = true;
    for (const node of this.#nodes) node.cancel();
    for (const node of this.#nodes.toReversed()) this.#stop(node);
  }

  /** A leaf, wherever it is, has ended. */
  exit(id: string, isAbnormal: boolean): void {
    const node = this.#nodes.find(({ spec, isUp }) => spec.id === id && isUp);
    if (node?.spec.kind === 'leaf') {
      this.#exited(node, isAbnormal);
      return;
    }
    for (const { tree, isUp } of [...this.#nodes]) if (isUp) tree?.exit(id, isAbnormal);
  }

  /** Some of its leaves end at once: it hears of them in this order, before it acts. */
  exitTogether(ids: readonly string[], isAbnormal: boolean): void {
    for (const node of this.#inOrderOf(ids)) {
      node.state = 'down';
      this.#unheard.add(node);
    }
    this.#toRestart = this.#hearAll(ids, isAbnormal);
    for (let node = this.#toRestart.shift(); node; node = this.#toRestart.shift()) {
      const isStillTo = node.state === 'restarting' && node.leader === node;
      if (isStillTo && !this.hasEnded) this.#restart(node);
    }
  }

  /** @returns those to be restarted for themselves; they take along whoever has ended besides */
  #hearAll(ids: readonly string[], isAbnormal: boolean): ModelNode[] {
    return this.#inOrderOf(ids).filter((node) => {
      if (this.hasEnded || !this.#unheard.delete(node) || !this.#hear(node, isAbnormal)) {
        return false;
      }
      for (const taken of this.#affectedBy(node)) this.#unheard.delete(taken);
      return true;
    });
  }

  #inOrderOf(ids: readonly string[]): ModelNode[] {
    return ids.flatMap((id) => this.#nodes.find(({ spec }) => spec.id === id) ?? []);
  }

  /** @returns whether it is to be restarted */
  #hear(node: ModelNode, isAbnormal: boolean): boolean {
    const { restart } = node.spec;
    if (restart === 'permanent' || (restart === 'transient' && isAbnormal)) {
      if (!this.#pays(node)) return false;
      node.restartsWith(node);
      return true;
    }
    if (restart === 'temporary') this.#remove(node);
    return false;
  }

  startChild(spec: NodeSpec): string {
    const present = this.#nodes.find((node) => node.spec.id === spec.id);
    if (present !== undefined) return present.isUp ? 'AlreadyStarted' : 'AlreadyPresent';
    const node = new ModelNode(spec);
    this.#nodes.push(node);
    if (this.#start(node)) return 'ok';
    this.#remove(node);
    return 'StartFailed';
  }

  terminateChild(id: string): string {
    const node = this.#nodes.find(({ spec }) => spec.id === id);
    if (node === undefined) return 'ChildNotFound';
    node.cancel();
    this.#stop(node);
    if (node.spec.restart === 'temporary') this.#remove(node);
    this.#startDue();
    return 'ok';
  }

  restartChild(id: string): string {
    const node = this.#nodes.find(({ spec }) => spec.id === id);
    const refusal = refusalOf(node);
    if (node === undefined || refusal !== undefined) return refusal ?? '';
    return this.#start(node) ? 'ok' : 'StartFailed';
  }

  deleteChild(id: string): string {
    const node = this.#nodes.find(({ spec }) => spec.id === id);
    const refusal = refusalOf(node);
    if (node === undefined || refusal !== undefined) return refusal ?? '';
    this.#remove(node);
    return 'ok';
  }

  /** Supervisors that are up, this one included. */
  supervisors(): ModelSupervisor[] {
    return [this, ...this.#nodes.flatMap(({ tree, isUp }) => (isUp && tree?.supervisors()) || [])];
  }

  /** Those of its own children that are leaves and up. */
  ownLeaves(): string[] {
    return this.#nodes.filter(({ spec, isUp }) => isUp && spec.kind === 'leaf').map(idOf);
  }

  leaves(): string[] {
    return this.#nodes.flatMap(({ spec, tree, isUp }) => {
      if (!isUp) return [];
      return spec.kind === 'leaf' ? [spec.id] : (tree?.leaves() ?? []);
    });
  }

  /** As the real tree is rendered. */
  get picture(): string[] {
    return this.#nodes.flatMap(({ spec, tree, state }) => [
      `${spec.id} ${state}`,
      ...(state === 'up' && tree !== undefined ? tree.picture.map((line) => `  ${line}`) : []),
    ]);
  }

  #exited(node: ModelNode, isAbnormal: boolean): void {
    node.state = 'down';
    if (this.#hear(node, isAbnormal)) this.#restart(node);
  }

  /** One that is to be restarted: who pays for it? */
  #ended(node: ModelNode): void {
    if (this.#pays(node)) this.#restart(node);
  }

  #pays(node: ModelNode): boolean {
    const { budget } = node.spec;
    const isHeld = this.#isShut(node);
    if (!isHeld && budget !== undefined) {
      node.spent = this.#within(node.spent, budget.period);
      if (node.spent.length > budget.intensity) {
        node.spent = [];
        node.state = 'quarantined';
        this.#startDue();
        return false;
      }
    } else if (!isHeld) {
      this.#restarts = this.#within(this.#restarts, this.spec.period);
      if (this.#restarts.length > this.spec.intensity) {
        this.stop();
        this.#onEnd();
        return false;
      }
    }
    return true;
  }

  /** Those not older than the period, and one more. */
  #within(restarts: readonly number[], period: number): number[] {
    const { now } = this.#time;
    return [...restarts.filter((at) => now - at < period), now];
  }

  #restart(node: ModelNode): void {
    node.restartsWith(node);
    for (const sibling of this.#affectedBy(node).toReversed()) {
      if (sibling === node) continue;
      sibling.cancel();
      this.#stop(sibling);
      if (sibling.spec.restart === 'temporary') this.#remove(sibling);
      else sibling.restartsWith(node);
    }
    const delay = this.#delayOf(node);
    if (delay > 0) this.#wait(node, delay, () => this.#startGroup(node));
    else this.#startGroup(node);
  }

  #delayOf(node: ModelNode): number {
    const { backOff } = node.spec;
    if (backOff === undefined) return 0;
    if (this.#time.now - node.startedAt >= backOff.resetAfter) node.inARow = 0;
    return Math.min(backOff.max, backOff.initial * backOff.factor ** node.inARow++);
  }

  #wait(node: ModelNode, ms: number, then: () => void): void {
    node.wait = this.#time.after(ms, () => {
      node.wait = undefined;
      then();
    });
  }

  #isShut({ spec }: ModelNode): boolean {
    return spec.isGated === true && this.#world.isShut;
  }

  #startGroup(leader: ModelNode): void {
    if (this.#isShut(leader)) {
      this.#wait(leader, GATE_PERIOD, () => this.#startGroup(leader));
      return;
    }
    for (const node of this.#nodes) {
      if (node.state === 'restarting' && node.leader === leader) node.isDue = true;
    }
    if (this.spec.strategy !== 'one_for_one') this.#startDue();
    else if (!this.#start(leader)) this.#ended(leader);
  }

  /** In order, until one is held by the gate or does not start. */
  #startDue(): void {
    if (this.spec.strategy === 'one_for_one') return;
    for (const node of [...this.#nodes]) if (node.mayStart && !this.#startInTurn(node)) return;
  }

  #startInTurn(node: ModelNode): boolean {
    if (node.wait !== undefined) return false;
    if (this.#isShut(node)) {
      this.#wait(node, GATE_PERIOD, () => this.#startDue());
      return false;
    }
    const isUp = this.#start(node);
    if (!isUp && !this.#isTaken(node)) this.#ended(node);
    return isUp;
  }

  /** One whose turn is to come takes it along. */
  #isTaken(node: ModelNode): boolean {
    return this.#toRestart.some((each) => this.#affectedBy(each).includes(node));
  }

  #affectedBy(node: ModelNode): ModelNode[] {
    const { strategy } = this.spec;
    if (strategy === 'one_for_one') return [node];
    const from = strategy === 'one_for_all' ? 0 : this.#nodes.indexOf(node);
    return this.#nodes.slice(from).filter((each) => each === node || each.state !== 'quarantined');
  }

  #start(node: ModelNode): boolean {
    const { spec } = node;
    if (spec.kind === 'leaf') {
      node.state = this.#world.starts(spec.id) ? 'up' : 'down';
    } else {
      // A supervisor that gives up exits `shutdown`, which is a normal end.
      const onEnd = () => this.#exited(node, false);
      const tree = new ModelSupervisor(spec, this.#world, this.#time, onEnd);
      node.tree = tree;
      node.state = tree.start() ? 'up' : 'down';
    }
    if (node.isUp) node.startedAt = this.#time.now;
    return node.isUp;
  }

  #stop(node: ModelNode): void {
    if (!node.isUp) return;
    node.state = 'down';
    if (node.spec.kind === 'leaf') this.#world.stops(node.spec.id);
    else node.tree?.stop();
  }

  #remove(node: ModelNode): void {
    this.#nodes = this.#nodes.filter((each) => each !== node);
  }
}

function idOf({ spec }: ModelNode): string {
  return spec.id;
}

/** Why a child can be neither restarted nor deleted, if it cannot. */
function refusalOf(node: ModelNode | undefined): string | undefined {
  if (node === undefined) return 'ChildNotFound';
  if (node.state === 'restarting') return 'ChildRestarting';
  return node.isUp ? 'ChildRunning' : undefined;
}
