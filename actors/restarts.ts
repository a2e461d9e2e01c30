import type { ExitReason } from '../src/model/index.ts';
import type { Children } from './children.ts';
import { Pace } from './pace.ts';
import type { Started } from './started.ts';
import type { SupervisedChild } from './supervised-child.ts';
import { TakenAlong } from './taken-along.ts';
import type { Turns } from './turns.ts';

/** What the restarts of a supervisor need of it. */
export interface RestartOwner {
  readonly children: Children;
  readonly turns: Turns;
  /** Nothing is started any more. */
  readonly isEnding: boolean;
  /** In [0, 1). */
  random(): number;
  /** One that was to start again did not; it is dealt with as if it had ended. */
  failed(child: SupervisedChild, started: Started & { readonly kind: 'failed' }): void;
  restarted(child: SupervisedChild): void;
  /** One had ended that was to be taken along by another one's restart, of which nothing came. */
  leftBehind(child: SupervisedChild, reason: ExitReason): void;
}

/**
 * Starts children again, with those whom the strategy restarts with them: stops these, waits as long
 * as back-off and gates want, and starts all in order. A wait is a state of the child and blocks
 * nobody but those of its group who come after it; a start that fails is the next end of that child.
 */
export class Restarts {
  readonly #owner: RestartOwner;
  readonly #taken = new TakenAlong();
  readonly #pace = new Pace();
  /** Some have been restarted with others: they may still wait, whatever the strategy is by now. */
  #hasGroups = false;

  constructor(owner: RestartOwner) {
    this.#owner = owner;
  }

  /** One has ended and is to be restarted: from now on its siblings are as good as stopped. */
  take(child: SupervisedChild): void {
    const { children } = this.#owner;
    if (!children.areIndependent) this.#taken.take(child, children.affectedBy(child));
  }

  /** Whether one is as good as stopped, because a sibling's restart takes it along. */
  takes(child: SupervisedChild): boolean {
    return this.#taken.has(child);
  }

  /** Deals with an end that is no failure of its own; false if it is one. */
  mends(child: SupervisedChild, reason: ExitReason): boolean {
    return this.#taken.ended(child, reason);
  }

  begin(child: SupervisedChild): void {
    child.restartsWith(child);
    this.#inTurn(child, () => this.#restart(child));
  }

  /** Starts those whose turn will not come otherwise: whom they waited for is not restarted any more. */
  goOn(): void {
    if (!this.#hasGroups) return;
    void this.#owner.turns.withAll(() => this.#startDue());
  }

  #inTurn(child: SupervisedChild, act: () => Promise<void>): void {
    const { children, turns } = this.#owner;
    if (children.areIndependent) void turns.with(child, act);
    else void turns.withAll(act);
  }

  async #restart(child: SupervisedChild): Promise<void> {
    const turn = this.#pace.step();
    if (turn !== undefined) await turn;
    if (this.#owner.isEnding) return;
    // It may have been terminated meanwhile, or taken along by another one's restart.
    const isVoid = child.status !== 'restarting' || child.waitsFor !== child;
    if (!isVoid) await this.#stopSiblingsOf(child);
    this.#leaveBehind(child);
    if (isVoid || this.#owner.isEnding) return;
    // It may have been terminated while the others stopped.
    if (child.status !== 'restarting') return this.#startDue();
    const delay = child.nextDelay(() => this.#owner.random());
    if (delay <= 0) return this.#startGroup(child);
    // Whoever else could use the leave of the gate must not wait as long.
    child.settleGate('abandoned');
    this.#wait(child, delay);
  }

  async #stopSiblingsOf(child: SupervisedChild): Promise<void> {
    const group = this.#owner.children.affectedBy(child);
    if (group.length > 1) this.#hasGroups = true;
    for (const sibling of group.reverse()) {
      if (sibling !== child) await this.#stopSibling(sibling, child);
    }
  }

  /** Those who have ended, and will not be restarted with that one after all. */
  #leaveBehind(child: SupervisedChild): void {
    for (const [sibling, reason] of this.#taken.leave(child)) {
      if (this.#owner.children.includes(sibling)) this.#owner.leftBehind(sibling, reason);
    }
  }

  /** A temporary sibling is stopped and not started again; the others are, also if they were down. */
  async #stopSibling(sibling: SupervisedChild, child: SupervisedChild): Promise<void> {
    const { children } = this.#owner;
    const { terminations } = sibling;
    await children.stop(sibling);
    this.#taken.stopped(sibling, child);
    if (sibling.spec.restart === 'temporary') children.delete(sibling);
    if (!children.includes(sibling) || sibling.terminations !== terminations) return;
    sibling.restartsWith(child);
  }

  #wait(child: SupervisedChild, delay: number): void {
    child.waitToRestart(delay, () => this.#inTurn(child, () => this.#startGroup(child)));
  }

  /** The child and all that wait with it, in the order of their start. */
  async #startGroup(child: SupervisedChild): Promise<void> {
    if (this.#owner.isEnding || child.status !== 'restarting') return;
    const wait = child.admit();
    if (wait > 0) return this.#wait(child, wait);
    const group = this.#groupOf(child);
    if (group.length === 1) {
      await this.#start(child);
      return;
    }
    for (const each of group) each.isDue = true;
    await this.#startDue();
  }

  #groupOf(child: SupervisedChild): readonly SupervisedChild[] {
    if (!this.#hasGroups) return [child];
    const { children } = this.#owner;
    return children
      .inOrder()
      .filter((each) => each.status === 'restarting' && each.waitsFor === child);
  }

  /** All whose time has come, in order, until a gate holds one: the rest comes after that one. */
  async #startDue(): Promise<void> {
    for (const child of this.#owner.children.inOrder()) {
      if (this.#owner.isEnding) return;
      if (child.mayStart && !(this.#isLetIn(child) && (await this.#start(child)))) return;
    }
  }

  #isLetIn(child: SupervisedChild): boolean {
    if (child.isWaiting) return false;
    const wait = child.admit();
    if (wait <= 0) return true;
    // Those behind it give back their leave: it may be of use to others meanwhile.
    for (const each of this.#owner.children.inOrder()) each.settleGate('abandoned');
    child.waitToRestart(wait, () => this.goOn());
    return false;
  }

  /** @returns false when it did not start, and that is somebody else's concern now */
  async #start(child: SupervisedChild): Promise<boolean> {
    child.restarts++;
    const started = await child.start();
    child.settleGate(started.kind, started.kind === 'failed' ? started.error : undefined);
    if (started.kind === 'failed') {
      this.#owner.failed(child, started);
      return false;
    }
    if (started.kind === 'started') {
      this.#owner.children.began(child);
      if (child.waitsFor === child) this.#owner.restarted(child);
    }
    if (started.kind === 'ignored') this.#owner.children.forget(child);
    return true;
  }
}
