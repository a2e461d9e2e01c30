/**
 * OTP's rules for supervisors, written down plainly: everything happens at once, one thing after the
 * other. What a supervisor of the runtime does must be the same, step by step.
 */

import type { Restart } from '../../src/model/index.ts';

export interface LeafSpec {
  readonly kind: 'leaf';
  readonly id: string;
  readonly restart: Restart;
}

export interface TreeSpec {
  readonly kind: 'tree';
  readonly id: string;
  readonly restart: Restart;
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly intensity: number;
  readonly period: number;
  readonly children: readonly NodeSpec[];
}

export type NodeSpec = LeafSpec | TreeSpec;

/** What both worlds share: what is written down of leaves, and how often their starts still fail. */
export class World {
  readonly log: string[] = [];
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

class ModelNode {
  readonly spec: NodeSpec;
  isUp = false;
  tree: ModelSupervisor | undefined;

  constructor(spec: NodeSpec) {
    this.spec = spec;
  }
}

export class ModelSupervisor {
  readonly spec: TreeSpec;
  readonly #world: World;
  readonly #now: () => number;
  readonly #onEnd: () => void;
  #nodes: ModelNode[];
  #restarts: number[] = [];
  hasEnded = false;

  /** @param onEnd it gave up */
  constructor(spec: TreeSpec, world: World, now: () => number, onEnd: () => void) {
    this.spec = spec;
    this.#world = world;
    this.#now = now;
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
    this.#stop(node);
    if (node.spec.restart === 'temporary') this.#remove(node);
    return 'ok';
  }

  restartChild(id: string): string {
    const node = this.#nodes.find(({ spec }) => spec.id === id);
    if (node === undefined) return 'ChildNotFound';
    if (node.isUp) return 'ChildRunning';
    return this.#start(node) ? 'ok' : 'StartFailed';
  }

  deleteChild(id: string): string {
    const node = this.#nodes.find(({ spec }) => spec.id === id);
    if (node === undefined) return 'ChildNotFound';
    if (node.isUp) return 'ChildRunning';
    this.#remove(node);
    return 'ok';
  }

  /** Supervisors that are up, this one included. */
  supervisors(): ModelSupervisor[] {
    return [this, ...this.#nodes.flatMap(({ tree, isUp }) => (isUp && tree?.supervisors()) || [])];
  }

  leaves(): string[] {
    return this.#nodes.flatMap(({ spec, tree, isUp }) => {
      if (!isUp) return [];
      return spec.kind === 'leaf' ? [spec.id] : (tree?.leaves() ?? []);
    });
  }

  /** As the real tree is rendered. */
  get picture(): string[] {
    return this.#nodes.flatMap(({ spec, tree, isUp }) => [
      `${spec.id} ${isUp ? 'up' : 'down'}`,
      ...(isUp && tree !== undefined ? tree.picture.map((line) => `  ${line}`) : []),
    ]);
  }

  #exited(node: ModelNode, isAbnormal: boolean): void {
    node.isUp = false;
    const { restart } = node.spec;
    if (restart === 'permanent' || (restart === 'transient' && isAbnormal)) this.#restart(node);
    else if (restart === 'temporary') this.#remove(node);
  }

  #restart(node: ModelNode): void {
    const { intensity, period } = this.spec;
    const now = this.#now();
    this.#restarts = [...this.#restarts.filter((at) => now - at < period), now];
    if (this.#restarts.length > intensity) {
      this.stop();
      this.#onEnd();
      return;
    }
    const affected = this.#affectedBy(node);
    for (const sibling of affected.toReversed()) {
      if (sibling === node) continue;
      this.#stop(sibling);
      if (sibling.spec.restart === 'temporary') this.#remove(sibling);
    }
    for (const each of affected) {
      if (!this.#nodes.includes(each) || this.#start(each)) continue;
      this.#restart(each);
      return;
    }
  }

  #affectedBy(node: ModelNode): ModelNode[] {
    const { strategy } = this.spec;
    if (strategy === 'one_for_one') return [node];
    return strategy === 'one_for_all'
      ? [...this.#nodes]
      : this.#nodes.slice(this.#nodes.indexOf(node));
  }

  #start(node: ModelNode): boolean {
    const { spec } = node;
    if (spec.kind === 'leaf') {
      node.isUp = this.#world.starts(spec.id);
      return node.isUp;
    }
    // A supervisor that gives up exits `shutdown`, which is a normal end.
    const onEnd = () => this.#exited(node, false);
    const tree = new ModelSupervisor(spec, this.#world, this.#now, onEnd);
    node.tree = tree;
    node.isUp = tree.start();
    return node.isUp;
  }

  #stop(node: ModelNode): void {
    if (!node.isUp) return;
    node.isUp = false;
    if (node.spec.kind === 'leaf') this.#world.stops(node.spec.id);
    else node.tree?.stop();
  }

  #remove(node: ModelNode): void {
    this.#nodes = this.#nodes.filter((each) => each !== node);
  }
}
