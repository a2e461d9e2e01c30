import type { Children } from './children.ts';
import type { Started, SupervisedChild } from './supervised-child.ts';

/** What the restarts of a supervisor need of it. */
export interface RestartOwner {
  readonly children: Children;
  /** Nothing is started any more. */
  readonly isEnding: boolean;
  /** In [0, 1). */
  random(): number;
  /** Does one thing after the other. */
  afterwards(act: () => Promise<void>): unknown;
  stopChild(child: SupervisedChild): Promise<void>;
  /** A child's end leaves nothing behind where it must not. */
  forget(child: SupervisedChild): void;
  /** One that was to start again did not; it is dealt with as if it had ended. */
  failed(child: SupervisedChild, started: Started & { readonly kind: 'failed' }): void;
  restarted(child: SupervisedChild): void;
}

/**
 * Starts children again, with those whom the strategy restarts with them: stops these, waits as long
 * as back-off and gate want, and starts all in order. A wait is a state of the child and blocks
 * nobody; a start that fails is the next end of that child.
 */
export class Restarts {
  readonly #owner: RestartOwner;

  constructor(owner: RestartOwner) {
    this.#owner = owner;
  }

  begin(child: SupervisedChild): void {
    child.status = 'restarting';
    child.waitsFor = child;
    this.#owner.afterwards(() => this.#restart(child));
  }

  /** Starts those whose turn will not come otherwise: whom they waited for is not restarted any more. */
  goOn(): void {
    this.#owner.afterwards(() => this.#startOrphans());
  }

  async #startOrphans(): Promise<void> {
    for (const child of this.#owner.children.inOrder()) {
      if (this.#owner.isEnding) return;
      if (child.status !== 'restarting' || child.waitsFor?.status === 'restarting') continue;
      const started = await this.#start(child);
      if (started.kind === 'failed') return this.#owner.failed(child, started);
    }
  }

  async #restart(child: SupervisedChild): Promise<void> {
    if (this.#owner.isEnding || child.status !== 'restarting') return;
    for (const sibling of this.#owner.children.affectedBy(child).reverse()) {
      if (sibling !== child) await this.#stopSibling(sibling, child);
    }
    if (this.#owner.isEnding) return;
    // It may have been terminated while the others stopped.
    if (child.status !== 'restarting') return this.#startOrphans();
    await this.#startAfter(
      child,
      child.nextDelay(() => this.#owner.random()),
    );
  }

  /** A temporary sibling is stopped and not started again; the others are, also if they were down. */
  async #stopSibling(sibling: SupervisedChild, child: SupervisedChild): Promise<void> {
    const { children } = this.#owner;
    await this.#owner.stopChild(sibling);
    if (sibling.spec.restart === 'temporary') children.delete(sibling);
    if (!children.includes(sibling)) return;
    sibling.status = 'restarting';
    sibling.waitsFor = child;
  }

  async #startAfter(child: SupervisedChild, delay: number): Promise<void> {
    const wait = Math.max(delay, child.admit());
    if (wait <= 0) return this.#startGroup(child);
    child.waitToRestart(wait, () => {
      this.#owner.afterwards(async () => {
        const isWanted = !this.#owner.isEnding && child.status === 'restarting';
        if (isWanted) await this.#startAfter(child, 0);
      });
    });
  }

  /** The child and all that wait with it, in the order of their start, whatever it is by now. */
  async #startGroup(child: SupervisedChild): Promise<void> {
    for (const each of this.#owner.children.inOrder()) {
      if (this.#owner.isEnding) return;
      if (each.status !== 'restarting' || each.waitsFor !== child) continue;
      const started = await this.#start(each);
      if (started.kind === 'failed') return this.#owner.failed(each, started);
    }
    if (child.running !== undefined) this.#owner.restarted(child);
  }

  async #start(child: SupervisedChild): Promise<Started> {
    child.restarts++;
    const started = await child.start();
    child.settleGate(started.kind, started.kind === 'failed' ? started.error : undefined);
    if (started.kind === 'started') this.#owner.children.began(child);
    if (started.kind === 'ignored') this.#owner.forget(child);
    return started;
  }
}
