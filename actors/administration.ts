import {
  type ChildSpec,
  checkNames,
  checkSignificant,
  invalidOption,
  type PartialChildSpec,
  resolveChildSpec,
  type SupervisorFlags,
  TroupeError,
} from '../src/model/index.ts';
import type { ChildStart } from './child-start.ts';
import type { Children } from './children.ts';
import { notRunning, refusal, tooMany } from './refusals.ts';
import type { Restarts } from './restarts.ts';
import type { Started } from './started.ts';
import type { SupervisedChild } from './supervised-child.ts';
import type { Turns } from './turns.ts';

/** A child that has been started. */
export interface StartedChild {
  readonly id: string;
  /** What stands for its instance; undefined when its start chose to be ignored. */
  readonly ref: unknown;
  /** What else its start had to tell. */
  readonly info: unknown;
}

/** One more instance of a dynamic supervisor's template. */
export interface InstanceOptions {
  /** @default the template's id and a number */
  readonly id?: string;
  /** What its start is given besides. */
  readonly args?: unknown;
}

/** What the commands to a supervisor's children need of it. */
export interface AdministrationOwner {
  readonly id: string;
  readonly status: string;
  readonly flags: SupervisorFlags<ChildStart>;
  readonly children: Children;
  readonly restarts: Restarts;
  readonly turns: Turns;
}

/**
 * The commands of OTP to the children of a supervisor that runs. They wait for what was to be done
 * before to the same child; where the strategy ties the children together, also for starts and
 * restarts that are under way. Ending a child waits for nobody else.
 */
export class Administration {
  readonly #owner: AdministrationOwner;
  /** Instances that were given an id. */
  #made = 0;
  /** The ids of children whose `startChild` waits for the others: how many of each. */
  readonly #toCome = new Map<string, number>();

  constructor(owner: AdministrationOwner) {
    this.#owner = owner;
  }

  async startChild(child: PartialChildSpec<ChildStart> | InstanceOptions): Promise<StartedChild> {
    const { children, flags, turns } = this.#owner;
    const { spec, args } = children.isDynamic
      ? this.#instanceOf(child as InstanceOptions)
      : { spec: resolveChildSpec(child as PartialChildSpec<ChildStart>), args: undefined };
    checkSignificant(spec, flags.autoShutdown);
    if (!children.areIndependent) {
      this.#refuseIfRunning('AlreadyStarted', children.get(spec.id));
      return this.#coming(spec.id, () => this.#startNew(this.#add(spec, args)));
    }
    // The supervisor may not have started yet.
    if (turns.isBusy) await this.#coming(spec.id, async () => {});
    const present = children.get(spec.id);
    if (present !== undefined && turns.isBusyWith(present)) await this.#vacated(spec.id);
    const added = this.#add(spec, args);
    return turns.with(added, () => this.#startNew(added));
  }

  /** Waits for all that is under way; until then, a child of this id is to come. */
  #coming<T>(id: string, act: () => Promise<T>): Promise<T> {
    this.#toCome.set(id, (this.#toCome.get(id) ?? 0) + 1);
    return this.#owner.turns.withAll(() => {
      const left = (this.#toCome.get(id) ?? 0) - 1;
      if (left > 0) this.#toCome.set(id, left);
      else this.#toCome.delete(id);
      return act();
    });
  }

  #instanceOf(options: InstanceOptions) {
    checkNames(options, ['id', 'args'], 'child');
    const { id, args } = options;
    if (id !== undefined && (typeof id !== 'string' || id === '')) {
      throw invalidOption('child.id', 'a text that is not empty', id);
    }
    const [template] = this.#owner.flags.children;
    if (template === undefined) throw invalidOption('children', 'one template', []);
    const spec = { ...template, id: id ?? `${template.id}-${++this.#made}` };
    return { spec, args };
  }

  /** Resolves when nothing is under way with a child of this id: it may go, or may not. */
  async #vacated(id: string): Promise<void> {
    const { children, turns } = this.#owner;
    for (let present = children.get(id); present !== undefined; present = children.get(id)) {
      if (!turns.isBusyWith(present)) return;
      await turns.over(present);
    }
  }

  #add(spec: ChildSpec<ChildStart>, args: unknown): SupervisedChild {
    const { id, status, children, flags } = this.#owner;
    if (status !== 'running') throw notRunning(id, status);
    const present = children.get(spec.id);
    if (present !== undefined) {
      const isUp = present.running !== undefined;
      throw refusal(isUp ? 'AlreadyStarted' : 'AlreadyPresent', id, present);
    }
    if (children.size >= flags.maxChildren) throw tooMany(id, flags.maxChildren);
    return children.add(spec, args);
  }

  async #startNew(child: SupervisedChild): Promise<StartedChild> {
    const { children } = this.#owner;
    const started = await this.#startUnlessEnding(child);
    if (started.kind === 'started') children.began(child);
    else if (started.kind === 'ignored') children.forget(child);
    else children.delete(child);
    return this.#answer(child, started);
  }

  #startUnlessEnding(child: SupervisedChild): Started | Promise<Started> {
    return this.#owner.status === 'running' ? child.start() : { kind: 'abandoned' };
  }

  async terminateChild(child: unknown): Promise<void> {
    const { children, turns, restarts } = this.#owner;
    const found = children.find(child);
    if (found === undefined) return;
    found.terminations++;
    // Neither a wait nor a start that hangs must hold this up.
    found.forgoRestart();
    found.abandonStart();
    await turns.aheadOf(found, async () => {
      await found.starting;
      if (!children.includes(found)) return;
      await children.stop(found);
      children.forget(found);
    });
    // Siblings may have waited for its restart.
    restarts.goOn();
  }

  async restartChild(id: string): Promise<StartedChild> {
    const terminations = this.#owner.children.get(id)?.terminations ?? 0;
    if (this.#isToCome(id)) await this.#owner.turns.withAll(async () => {});
    const child = this.#down(id);
    return this.#inTurn(child, async () => {
      const { id: supervisor, status, children } = this.#owner;
      if (status !== 'running') throw notRunning(supervisor, status);
      this.#refuseUnlessDown(child);
      // Whoever came later and wanted it down has been told that it is.
      const isWanted = child.terminations === terminations;
      const started: Started = isWanted ? await child.start() : { kind: 'abandoned' };
      if (started.kind === 'started') children.began(child);
      return this.#answer(child, started);
    });
  }

  async deleteChild(id: string): Promise<void> {
    if (this.#isToCome(id)) await this.#owner.turns.withAll(async () => {});
    const child = this.#down(id);
    await this.#inTurn(child, async () => {
      this.#refuseUnlessDown(child);
      this.#owner.children.delete(child);
    });
  }

  #inTurn<T>(child: SupervisedChild, act: () => Promise<T>): Promise<T> {
    const { children, turns } = this.#owner;
    const still = () => {
      // Somebody may have deleted it meanwhile.
      if (!children.includes(child)) throw children.notFound(child.spec.id);
      return act();
    };
    return children.areIndependent ? turns.with(child, still) : turns.withAll(still, child);
  }

  /** There is no such child, but whoever adds it may be waiting for a turn. */
  #isToCome(id: string): boolean {
    return this.#toCome.has(id) && !this.#owner.children.has(id);
  }

  /** A child that may be started or deleted, or will be when its turn comes. */
  #down(id: string): SupervisedChild {
    const { children, turns } = this.#owner;
    if (children.isDynamic) {
      const message = `${this.#owner.id} is dynamic: its children have no own specs`;
      throw new TroupeError('InvalidState', message);
    }
    const child = children.known(id);
    if (!turns.isBusyWith(child)) {
      this.#refuseIfRunning('ChildRunning', child);
      if (child.status === 'restarting') throw refusal('ChildRestarting', this.#owner.id, child);
    }
    return child;
  }

  /** What is certain is said at once, whatever is under way. */
  #refuseIfRunning(
    code: 'AlreadyStarted' | 'ChildRunning',
    child: SupervisedChild | undefined,
  ): void {
    if (child?.status === 'running' && !this.#owner.turns.isBusyWith(child)) {
      throw refusal(code, this.#owner.id, child);
    }
  }

  #refuseUnlessDown(child: SupervisedChild): void {
    if (child.status === 'restarting') throw refusal('ChildRestarting', this.#owner.id, child);
    if (child.running !== undefined || child.status === 'starting') {
      throw refusal('ChildRunning', this.#owner.id, child);
    }
  }

  #answer(child: SupervisedChild, started: Started): StartedChild {
    const { id } = child.spec;
    switch (started.kind) {
      case 'started':
        return { id, ref: started.ref, info: started.info };
      case 'ignored':
        return { id, ref: undefined, info: undefined };
      case 'abandoned': {
        const message = `${this.#owner.id}: ${id} was stopped as it started`;
        throw new TroupeError('InvalidState', message);
      }
      case 'failed':
        this.#owner.children.startFailed(child, started.error);
        throw started.error;
      default:
        return started satisfies never;
    }
  }
}
