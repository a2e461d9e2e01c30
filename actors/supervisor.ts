import type { Actor, AnyActorLogic, AnyActorRef, InputFrom } from 'xstate';
import {
  type ChildEnded,
  type SupervisorEvent,
  type SupervisorPerformer,
  supervisorMachine,
} from '../machines/supervisor.ts';
import {
  type ChildSpec,
  checkSignificant,
  type ExitReason,
  exitReasonOf,
  invalidOption,
  isAbnormal,
  type PartialChildSpec,
  type PartialSupervisorFlags,
  resolveChildSpec,
  resolveSupervisorFlags,
  SHUTDOWN,
  type SupervisionNode,
  type SupervisorFlags,
  TroupeError,
} from '../src/model/index.ts';
import type { Clock, EventSink, Random } from '../src/ports/index.ts';
import {
  type ChildExited,
  type DeadLetter,
  rootActor,
  spawnActor,
  withChildExits,
} from '../src/statechart/index.ts';
import type { Environment, StartChild } from './child.ts';
import type { ChildStart } from './child-start.ts';
import { Children, type ListedChild } from './children.ts';
import { DynamicActors, type OnCrash } from './dynamic-actors.ts';
import { alreadyStarted, notRunning, refusal, tooMany } from './refusals.ts';
import { Restarts } from './restarts.ts';
import type { ChildOwner, Started, SupervisedChild } from './supervised-child.ts';
import { SupervisionReports } from './supervision-reports.ts';

export interface SupervisorOptions extends PartialSupervisorFlags<ChildStart>, Environment {
  readonly id: string;
  /** Children that end for good leave nothing behind, not even their spec. @default false */
  readonly forgets?: boolean;
  /** Of a root: whether an actor is the project's own, whose late mail is nobody's loss. */
  readonly isOwn?: (actor: unknown) => boolean;
}

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

/**
 * Performs `machines/supervisor.ts`: holds the children, starts and stops them in order. Whatever
 * changes them is done one after the other; whatever only looks is answered at once.
 */
export class Supervisor {
  readonly id: string;
  #flags: SupervisorFlags<ChildStart>;
  readonly #forgets: boolean;
  readonly #isOwn: (actor: unknown) => boolean;
  readonly #clock: Clock;
  readonly #random: Pick<Random, 'next'>;
  readonly #sink: EventSink;
  readonly #reports: SupervisionReports;
  readonly #children: Children;
  readonly #restarts: Restarts;
  #made = 0;
  readonly #actors = new DynamicActors();
  #ref: Actor<typeof supervisorMachine> | undefined;
  /** Events of its own that its chart has not had yet. */
  readonly #sent = new WeakSet<object>();
  #deadLetters = 0;
  #doing: Promise<unknown> = Promise.resolve();
  /** Nothing is started any more. */
  #ending = false;
  #settleStart: ((error?: TroupeError) => void) | undefined;
  #onEnd: (reason: ExitReason) => void = () => {};
  /**
   * Resolves when the supervisor has ended: `shutdown` in any case, with the error if it gave up; an
   * `error` only if the supervisor itself is broken.
   */
  readonly ended = new Promise<ExitReason>((resolve) => {
    this.#onEnd = resolve;
  });

  /** @throws TroupeError `InvalidOption`, `DuplicateId` */
  constructor(options: SupervisorOptions) {
    const { id, forgets = false, isOwn = () => false, clock, random, sink } = options;
    this.#isOwn = isOwn;
    this.id = id;
    this.#flags = resolveSupervisorFlags(options);
    this.#forgets = forgets;
    this.#clock = clock;
    this.#random = random;
    this.#sink = sink;
    this.#reports = new SupervisionReports(id, clock, sink);
    this.#children = new Children(this.#asOwner(), this.#flags.strategy);
    this.#restarts = this.#makeRestarts();
    if (this.#isDynamic) return;
    for (const spec of this.#flags.children) this.#children.add(spec);
  }

  /** What its children see of it. */
  #asOwner(): ChildOwner {
    const self = this;
    return {
      id: this.id,
      environment: { clock: this.#clock, random: this.#random, sink: this.#sink },
      // Set before any child starts.
      get ref() {
        return self.#ref as AnyActorRef;
      },
      childExited: (child, reason) => {
        const told = this.#told(child, reason);
        if (told !== undefined) this.#send(told);
      },
      gateFailed: (child, error) =>
        this.#reports.report('start_error', child, { kind: 'error', error }),
    };
  }

  #makeRestarts(): Restarts {
    const self = this;
    return new Restarts({
      children: this.#children,
      get isEnding() {
        return self.#ending;
      },
      random: () => this.#random.next(),
      afterwards: (act) => this.#afterwards(act),
      stopChild: (child) => this.#stopChild(child),
      forget: (child) => this.#forget(child.spec.id),
      failed: (child, { error }) => {
        this.#reports.report('start_error', child, { kind: 'error', error: error.cause });
        this.#send(this.#endOf(child, { kind: 'error', error }));
      },
      restarted: (child) => this.#reports.restarted(child),
    });
  }

  get #isDynamic(): boolean {
    return this.#flags.strategy === 'dynamic';
  }

  /** `idle` before the start, then the state of the chart. */
  get status(): string {
    const snapshot = this.#ref?.getSnapshot();
    if (snapshot === undefined) return 'idle';
    // A chart that gave up threw, and stays where it was.
    return snapshot.status === 'error' ? 'escalated' : String(snapshot.value);
  }

  /** The actor system that it lives in; there is one once it is started. */
  get system(): object {
    return this.#ref?.system ?? this;
  }

  /** Events to actors that had ended, anywhere in the tree below a root. */
  get deadLetters(): number {
    return this.#deadLetters;
  }

  /** Children that it has, running or not. */
  get size(): number {
    return this.#children.size + this.#actors.size;
  }

  /** Whether there is a child of this id, running or not. */
  has(id: string): boolean {
    return this.#children.has(id) || this.#actors.has(id);
  }

  isParentOf(actor: unknown): boolean {
    return this.#ref !== undefined && (actor as AnyActorRef)._parent === this.#ref;
  }

  /** Restarts that it would bear now without giving up. */
  get restartsLeft(): number {
    const { intensity, period } = this.#flags.intensity;
    const now = this.#clock.now();
    const restarts = this.#ref?.getSnapshot().context.restarts ?? [];
    return Math.max(0, intensity - restarts.filter((at) => now - at < period).length);
  }

  /**
   * Starts the children, one after the other, each once the one before has started.
   *
   * @param parent the actor that is told of this one's end; without it, this is the root of a tree
   * @throws TroupeError `StartFailed` when a child does not start; those before it are stopped then
   */
  start(parent?: AnyActorRef): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.#settleStart = (error) => (error === undefined ? resolve() : reject(error));
    });
    // A child may send its parent whatever it likes; the chart goes by what the supervisor sends.
    const isOwn = (event: object) => this.#sent.delete(event);
    const machine = withChildExits(supervisorMachine, (exit) => this.#actorExited(exit), isOwn);
    const performer: SupervisorPerformer = {
      startAll: () => void this.#afterwards(() => this.#startAll()),
      stopAll: () => this.#end(),
      restart: (id) => this.#restarts.begin(this.#children.known(id)),
      forget: (id) => this.#forget(id),
      quarantine: (id) => this.#quarantine(id),
      now: () => this.#clock.now(),
    };
    const { intensity, autoShutdown } = this.#flags;
    const input = { performer, intensity, autoShutdown };
    const onError = (error: unknown) => this.#failed(error);
    this.#ref =
      parent === undefined
        ? rootActor(machine, {
            id: this.id,
            input,
            clock: this.#clock,
            onError,
            onDeadLetter: (letter) => this.#deadLetter(letter),
            onObserverError: (error) => this.#reports.observerDropped(error),
          })
        : spawnActor(machine, { parent, id: this.id, input });
    if (parent !== undefined) this.#ref.subscribe({ error: onError });
    this.#ref.subscribe({ complete: () => this.#settle(SHUTDOWN), error: () => {} });
    this.#ref.start();
    return started;
  }

  /**
   * Starts an actor under a dynamic supervisor, which is an actor and nothing more. It is temporary:
   * its end frees its id.
   *
   * @param onCrash is told when the actor itself throws
   * @throws TroupeError `InvalidState` unless the supervisor is running, `AlreadyStarted`,
   *   `Overloaded` beyond `maxChildren`
   */
  spawn<L extends AnyActorLogic>(
    id: string,
    logic: L,
    input: InputFrom<L>,
    onCrash: OnCrash,
  ): Actor<L> {
    const parent = this.#ref;
    if (parent?.getSnapshot().value !== 'running') throw notRunning(this.id, this.status);
    if (this.#actors.has(id)) throw alreadyStarted(this.id, id);
    if (this.#actors.size >= this.#flags.maxChildren)
      throw tooMany(this.id, this.#flags.maxChildren);
    const actor = spawnActor(logic, { parent, id, input });
    this.#actors.add(id, actor as unknown as Actor<AnyActorLogic>, onCrash);
    actor.start();
    return actor;
  }

  /**
   * Adds a child and starts it; of a dynamic supervisor, one more instance of its template.
   *
   * @throws TroupeError `InvalidOption`, `InvalidState` unless the supervisor is running,
   *   `AlreadyStarted` (with the instance as `details.ref`), `AlreadyPresent`, `Overloaded` beyond
   *   `maxChildren`, `StartFailed`: nothing is kept of a child that did not start
   */
  async startChild(
    child: PartialChildSpec<ChildStart> | InstanceOptions = {},
  ): Promise<StartedChild> {
    const { spec, args } = this.#isDynamic
      ? this.#instanceOf(child as InstanceOptions)
      : { spec: resolveChildSpec(child as PartialChildSpec<ChildStart>), args: undefined };
    checkSignificant(spec, this.#flags.autoShutdown);
    return this.#afterwards(async () => {
      this.#refuseUnlessNew(spec.id);
      const added = this.#children.add(spec, args);
      const started = await added.start();
      if (started.kind === 'started') this.#children.began(added);
      else if (started.kind !== 'ignored') this.#children.delete(added);
      else this.#forget(spec.id);
      return this.#answer(added, started);
    });
  }

  #instanceOf(options: InstanceOptions) {
    if (typeof options !== 'object' || options === null) {
      throw invalidOption('child', 'the options of an instance', options);
    }
    const { id, args } = options;
    const [template] = this.#flags.children;
    if (template === undefined) throw invalidOption('children', 'one template', []);
    const spec = { ...template, id: id ?? `${template.id}-${++this.#made}` };
    return { spec, args };
  }

  /**
   * Stops a child within its own time. Its spec stays, unless it is temporary; a restart that it
   * waits for is forgone. One that does not run is left as it is.
   *
   * @param child its id; of a dynamic supervisor, what stands for the instance
   * @throws TroupeError `ChildNotFound`
   */
  async terminateChild(child: unknown): Promise<void> {
    const found = this.#children.find(child);
    if (found === undefined) return;
    // Neither a wait nor a start that hangs must hold this up.
    found.forgoRestart();
    found.abandonStart();
    await this.#afterwards(async () => {
      if (!this.#children.includes(found)) return;
      await this.#stopChild(found);
      this.#forget(found.spec.id);
    });
    // Siblings may have waited for its restart.
    this.#restarts.goOn();
  }

  /**
   * Starts a child that was stopped, or has ended, or is quarantined.
   *
   * @throws TroupeError `ChildNotFound`, `ChildRunning`, `ChildRestarting`, `InvalidState` of a
   *   dynamic supervisor and of one that does not run; `StartFailed`, and its spec stays
   */
  async restartChild(id: string): Promise<StartedChild> {
    return this.#afterwards(async () => {
      if (this.status !== 'running') throw notRunning(this.id, this.status);
      const child = this.#named(id);
      this.#refuseUnlessDown(child);
      return this.#answer(child, await child.start());
    });
  }

  /**
   * Forgets a child that does not run.
   *
   * @throws TroupeError `ChildNotFound`, `ChildRunning`, `ChildRestarting`, `InvalidState` of a
   *   dynamic supervisor
   */
  async deleteChild(id: string): Promise<void> {
    await this.#afterwards(async () => {
      const child = this.#named(id);
      this.#refuseUnlessDown(child);
      this.#children.delete(child);
    });
  }

  /** All children, in the order of their start. */
  whichChildren(): readonly ListedChild[] {
    return this.#children.list();
  }

  countChildren(): ChildCounts {
    let active = this.#actors.size;
    let supervisors = 0;
    for (const { spec, running } of this.#children.inOrder()) {
      if (running !== undefined) active++;
      if (spec.type === 'supervisor') supervisors++;
    }
    const specs = this.#isDynamic ? this.#flags.children.length : this.#children.size;
    return { specs, active, supervisors, workers: this.size - supervisors };
  }

  /**
   * A child's specification; of a dynamic supervisor, that of an instance is the template's.
   * @throws TroupeError `ChildNotFound`
   */
  getChildSpec(id: string): ChildSpec<ChildStart> {
    return this.#children.known(id).spec;
  }

  /**
   * Changes flags and specs while it runs, as OTP's code change does: flags hold from now on; a child
   * whose id is listed has its new spec from its next start on; one that is new is there and not
   * started; one that is not listed stays as it is, after the others. What is left out stays.
   *
   * @throws TroupeError `InvalidOption`, `DuplicateId`; then nothing is changed
   */
  reconfigure(change: Partial<PartialSupervisorFlags<ChildStart>>): void {
    const { strategy = this.#flags.strategy } = change;
    if ((strategy === 'dynamic') !== this.#isDynamic) {
      throw invalidOption('strategy', 'one of the same kind, static or dynamic', strategy);
    }
    const intensity = { ...this.#flags.intensity, ...change.intensity };
    const flags = resolveSupervisorFlags({ ...this.#flags, ...change, strategy, intensity });
    const listed = new Set(flags.children.map(({ id }) => id));
    for (const { spec } of this.#children.inOrder()) {
      if (!listed.has(spec.id)) checkSignificant(spec, flags.autoShutdown);
    }
    this.#flags = flags;
    this.#children.strategy = strategy;
    if (change.children !== undefined && !this.#isDynamic) this.#children.respecify(flags.children);
    const { autoShutdown } = flags;
    this.#send({ type: 'RECONFIGURED', intensity: flags.intensity, autoShutdown });
  }

  /** Stops the children in reverse order, each within its own time, then itself. */
  stop(): void {
    this.#send({ type: 'STOP' });
  }

  /** Ends all children at once. */
  kill(): void {
    this.stop();
    for (const child of this.#children.inOrder()) child.kill();
  }

  tree(): SupervisionNode {
    return {
      id: this.id,
      type: 'supervisor',
      status: this.status,
      restarts: 0,
      children: [...this.#children.nodes(), ...this.#actors.nodes()],
    };
  }

  /** A child by its id, of a supervisor whose children have specs of their own. */
  #named(id: string): SupervisedChild {
    if (!this.#isDynamic) return this.#children.known(id);
    throw new TroupeError('InvalidState', `${this.id} is dynamic: its children have no own specs`);
  }

  #refuseUnlessNew(id: string): void {
    if (this.status !== 'running') throw notRunning(this.id, this.status);
    const present = this.#children.get(id);
    if (present !== undefined) {
      const isUp = present.running !== undefined;
      throw refusal(isUp ? 'AlreadyStarted' : 'AlreadyPresent', this.id, present);
    }
    if (this.#children.size >= this.#flags.maxChildren)
      throw tooMany(this.id, this.#flags.maxChildren);
  }

  #refuseUnlessDown(child: SupervisedChild): void {
    if (child.status === 'restarting') throw refusal('ChildRestarting', this.id, child);
    if (child.running !== undefined || child.status === 'starting') {
      throw refusal('ChildRunning', this.id, child);
    }
  }

  #answer(child: SupervisedChild, started: Started): StartedChild {
    const { id } = child.spec;
    switch (started.kind) {
      case 'started':
        return { id, ref: started.ref, info: started.info };
      case 'ignored':
        return { id, ref: undefined, info: undefined };
      case 'abandoned':
        throw new TroupeError('InvalidState', `${this.id}: ${id} was stopped as it started`);
      case 'failed':
        this.#reports.report('start_error', child, { kind: 'error', error: started.error.cause });
        throw started.error;
      default:
        return started satisfies never;
    }
  }

  /**
   * Does one thing after the other, and none inside the chart's own action, where no actor should
   * be made. What has begun when the end is decided is finished first, so that nothing that starts
   * late is overlooked.
   */
  #afterwards<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#doing.then(act);
    this.#doing = done.catch(() => {});
    return done;
  }

  #deadLetter(letter: DeadLetter): void {
    if (this.#isOwn(letter.target)) return;
    this.#deadLetters++;
    this.#reports.deadLetter(letter);
  }

  async #startAll(): Promise<void> {
    for (const child of this.#children.inOrder()) {
      if (this.#ending) return;
      const started = await child.start();
      if (started.kind === 'abandoned') return;
      if (started.kind === 'ignored') this.#forget(child.spec.id);
      if (started.kind !== 'failed') continue;
      this.#reports.report('start_error', child, { kind: 'error', error: started.error.cause });
      return this.#send({ type: 'START_FAILED', error: started.error });
    }
    this.#send({ type: 'STARTED' });
    this.#started();
  }

  #started(error?: TroupeError): void {
    this.#settleStart?.(error);
    this.#settleStart = undefined;
  }

  /** An actor among the children has ended: what its chart's translator is told. */
  #actorExited({ id, reason }: ChildExited): SupervisorEvent | undefined {
    if (this.#actors.exited(id, reason)) return undefined;
    const child = this.#children.get(id);
    // A supervisor's own end is never `normal`, however its chart came to it.
    const isSupervisor = child?.spec.type === 'supervisor' && reason.kind === 'normal';
    child?.exited(isSupervisor ? SHUTDOWN : reason);
    return undefined;
  }

  /** What the chart is told of a child's end. */
  #told(child: SupervisedChild, reason: ExitReason): ChildEnded | undefined {
    const { restart } = child.spec;
    if (!this.#children.includes(child)) return undefined;
    this.#children.ended(child);
    if (isAbnormal(reason) || restart === 'permanent') {
      this.#reports.report('child_terminated', child, reason);
    }
    return this.#endOf(child, reason);
  }

  #endOf(child: SupervisedChild, reason: ExitReason): ChildEnded {
    const { id, restart, significant, budget } = child.spec;
    const isWanted = restart === 'permanent' || (restart === 'transient' && isAbnormal(reason));
    const isHeld = isWanted && child.isHeld();
    return {
      type: 'child.exited',
      id,
      reason,
      restart,
      significant:
        significant &&
        (this.#children.hasOtherSignificant(child, this.status === 'starting') ? 'one' : 'last'),
      spends: isHeld || budget !== undefined ? 'nothing' : 'intensity',
      isExhausted: isWanted && !isHeld && child.spendBudget(),
    };
  }

  #forget(id: string): void {
    const child = this.#children.get(id);
    const isGone = child?.spec.restart === 'temporary' || this.#forgets || this.#isDynamic;
    if (child !== undefined && isGone && child.running === undefined) this.#children.delete(child);
  }

  #quarantine(id: string): void {
    const child = this.#children.get(id);
    if (child === undefined) return;
    child.status = 'quarantined';
    this.#reports.quarantined(id);
    this.#restarts.goOn();
  }

  /** The end is decided: what starts is given up, what runs is stopped. */
  #end(): void {
    this.#ending = true;
    for (const child of this.#children.inOrder()) {
      child.forgoRestart();
      child.abandonStart();
    }
    void this.#afterwards(() => this.#stopAll());
  }

  async #stopAll(): Promise<void> {
    await this.#actors.stop();
    const children = this.#children.inOrder().reverse();
    if (this.#isDynamic) await this.#stopTogether(children);
    else await this.#stopInTurn(children);
    this.#send({ type: 'STOPPED' });
  }

  /** One after the other; after so many, timers and I/O have a turn. */
  async #stopInTurn(children: readonly SupervisedChild[]): Promise<void> {
    let left = STOPS_PER_TURN;
    for (const child of children) {
      await this.#stopChild(child);
      if (--left > 0) continue;
      left = STOPS_PER_TURN;
      await new Promise(setImmediate);
    }
  }

  /** In parallel, as in OTP; never so many at once that timers and I/O would have to wait. */
  async #stopTogether(children: readonly SupervisedChild[]): Promise<void> {
    const stops: Promise<void>[] = [];
    for (const child of children) {
      stops.push(this.#stopChild(child));
      if (stops.length % STOPS_PER_TURN === 0) await new Promise(setImmediate);
    }
    await Promise.all(stops);
  }

  async #stopChild(child: SupervisedChild): Promise<void> {
    const problem = await child.stop();
    this.#children.ended(child);
    if (problem !== undefined) this.#reports.report('shutdown_error', child, problem);
  }

  #send(event: SupervisorEvent): void {
    // An ended actor needs no more signals; XState would only warn.
    if (this.#ref?.getSnapshot().status !== 'active') return;
    this.#sent.add(event);
    this.#ref.send(event);
  }

  /** It gave up, or the chart itself failed: then its children must not outlive it either. */
  #failed(error: unknown): void {
    this.#ending = true;
    for (const child of this.#children.inOrder()) child.kill();
    void this.#actors.stop();
    const reason = exitReasonOf(error);
    const failure = TroupeError.from(reason.error, 'StartFailed', this.id);
    this.#started(failure);
    const offender = String(failure.details.child ?? '');
    const child = this.#children.get(offender);
    if (child !== undefined) this.#reports.report('shutdown', child, reason);
    this.#reports.escalated(offender, failure);
    this.#settle({ kind: reason.kind, error: failure });
  }

  #settle(reason: ExitReason): void {
    const message = `supervisor ${this.id} was stopped as it started`;
    this.#started(new TroupeError('InvalidState', message));
    this.#onEnd(reason);
  }
}

const STOPS_PER_TURN = 1_000;

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
