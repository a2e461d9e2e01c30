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
    this.#owner.afterwards(() => this.#restart(child));
  }

  /** One that others wait for is to stay down: they start without it. */
  goOnWithout(child: SupervisedChild): void {
    this.#owner.afterwards(async () => {
      if (!this.#owner.isEnding) await this.#startAll(child);
    });
  }

  async #restart(child: SupervisedChild): Promise<void> {
    if (this.#owner.isEnding || child.status !== 'restarting') return;
    for (const sibling of this.#owner.children.affectedBy(child).reverse()) {
      if (sibling !== child) await this.#stopSibling(sibling);
    }
    if (this.#owner.isEnding) return;
    await this.#startAfter(
      child,
      child.nextDelay(() => this.#owner.random()),
    );
  }

  /** A temporary sibling is stopped and not started again; the others are, also if they were down. */
  async #stopSibling(sibling: SupervisedChild): Promise<void> {
    const { children } = this.#owner;
    await this.#owner.stopChild(sibling);
    if (sibling.spec.restart === 'temporary') children.delete(sibling);
    else if (children.includes(sibling)) sibling.status = 'restarting';
  }

  async #startAfter(child: SupervisedChild, delay: number): Promise<void> {
    const wait = Math.max(delay, child.admit());
    if (wait <= 0) return this.#startAll(child);
    child.waitToRestart(wait, () => {
      this.#owner.afterwards(async () => {
        const isWanted = !this.#owner.isEnding && child.status === 'restarting';
        if (isWanted) await this.#startAfter(child, 0);
      });
    });
  }

  async #startAll(child: SupervisedChild): Promise<void> {
    for (const affected of this.#owner.children.affectedBy(child)) {
      if (this.#owner.isEnding) return;
      if (affected.status !== 'restarting') continue;
      const started = await this.#start(affected);
      if (started.kind === 'failed') return this.#owner.failed(affected, started);
    }
    this.#owner.restarted(child);
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
