import type { Actor, AnyActorLogic, AnyActorRef, InputFrom } from 'xstate';
import {
  type SupervisorEvent,
  type SupervisorPerformer,
  supervisorMachine,
  wantsRestart,
} from '../machines/supervisor.ts';
import {
  type ChildSpec,
  changeSupervisorFlags,
  checkSignificant,
  type ExitReason,
  exitReasonOf,
  type PartialChildSpec,
  type PartialSupervisorFlags,
  resolveSupervisorFlags,
  SHUTDOWN,
  type SupervisionNode,
  type SupervisorFlags,
  TroupeError,
} from '../src/model/index.ts';
import type { Clock, EventSink, Random, RestartBudget } from '../src/ports/index.ts';
import {
  type ChildExited,
  type DeadLetter,
  noteExit,
  rootActor,
  spawnActor,
  withChildExits,
} from '../src/statechart/index.ts';
import { Administration, type InstanceOptions, type StartedChild } from './administration.ts';
import type { Environment } from './child.ts';
import type { ChildStart } from './child-start.ts';
import { type ChildCounts, Children, type ListedChild } from './children.ts';
import { DynamicActors, type OnCrash } from './dynamic-actors.ts';
import { alreadyStarted, notRunning, tooMany } from './refusals.ts';
import { Restarts } from './restarts.ts';
import { stopInTurn, stopTogether } from './stops.ts';
import type { ChildOwner, SupervisedChild } from './supervised-child.ts';
import { SupervisionReports } from './supervision-reports.ts';
import { Turns } from './turns.ts';

export interface SupervisorOptions extends PartialSupervisorFlags<ChildStart>, Environment {
  readonly id: string;
  /** Children that end for good leave nothing behind, not even their spec. @default false */
  readonly forgets?: boolean;
  /** Of a root: whether an actor is the project's own, whose late mail is nobody's loss. */
  readonly isOwn?: (actor: unknown) => boolean;
}

/**
 * Performs `machines/supervisor.ts`: holds the children, starts and stops them in order. Who
 * waits for whom is `turns.ts`'s to say; whatever only looks is answered at once.
 */
export class Supervisor {
  readonly id: string;
  #flags: SupervisorFlags<ChildStart>;
  readonly #isOwn: (actor: unknown) => boolean;
  readonly #clock: Clock;
  readonly #random: Pick<Random, 'next'>;
  readonly #sink: EventSink;
  readonly #reports: SupervisionReports;
  readonly #children: Children;
  readonly #turns = new Turns();
  readonly #restarts: Restarts;
  readonly #administration: Administration;
  readonly #actors = new DynamicActors();
  #ref: Actor<typeof supervisorMachine> | undefined;
  /** Events of its own that its chart has not had yet. */
  readonly #sent = new WeakSet<object>();
  #deadLetters = 0;
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
    this.#clock = clock;
    this.#random = random;
    this.#sink = sink;
    this.#reports = new SupervisionReports(id, clock, sink);
    const { strategy } = this.#flags;
    this.#children = new Children(this.#asOwner(), { strategy, forgets, reports: this.#reports });
    this.#restarts = this.#makeRestarts();
    this.#administration = this.#makeAdministration();
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
        const isTaken = this.#restarts.takes(child);
        if (this.#children.hasEnded(child, reason, isTaken)) this.#tell(child, reason);
      },
      gateFailed: (child, error) =>
        this.#reports.report('start_error', child, { kind: 'error', error }),
    };
  }

  #makeRestarts(): Restarts {
    const self = this;
    return new Restarts({
      children: this.#children,
      turns: this.#turns,
      get isEnding() {
        return self.#ending;
      },
      random: () => this.#random.next(),
      failed: (child, { error }) => {
        this.#children.startFailed(child, error);
        this.#tell(child, { kind: 'error', error });
      },
      restarted: (child) => this.#reports.restarted(child),
      leftBehind: (child, reason) => this.#tell(child, reason),
    });
  }

  #makeAdministration(): Administration {
    const self = this;
    return new Administration({
      id: this.id,
      get status() {
        return self.status;
      },
      get flags() {
        return self.#flags;
      },
      children: this.#children,
      restarts: this.#restarts,
      turns: this.#turns,
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

  /** The actor that it is: to be monitored, for instance. There is one once it is started. */
  get ref(): AnyActorRef {
    return this.#ref as AnyActorRef;
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

  statusOfChild(id: string): SupervisedChild['status'] | undefined {
    return this.#children.get(id)?.status;
  }

  /** Restarts that it would bear now without giving up. */
  get restartsLeft(): number {
    const { intensity, period } = this.#flags.intensity;
    const now = this.#clock.now();
    const restarts = this.#ref?.getSnapshot().context.restarts ?? [];
    return Math.max(0, intensity - restarts.filter((at) => now - at < period).length);
  }

  /** What is left to those of its children that have spent something of their own budgets. */
  spentBudgets(): Iterable<RestartBudget> {
    return this.#children.spentBudgets();
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
      startAll: () => void this.#turns.withAll(() => this.#startAll()),
      stopAll: () => this.#end(),
      restart: (id) => this.#restarts.begin(this.#children.known(id)),
      forget: (id) => this.#children.forget(this.#children.get(id)),
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
    this.#ref.subscribe({ complete: () => this.#completed(), error: () => {} });
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
  startChild(child: PartialChildSpec<ChildStart> | InstanceOptions = {}): Promise<StartedChild> {
    return this.#administration.startChild(child);
  }

  /**
   * Stops a child within its own time. Its spec stays, unless it is temporary; a restart that it
   * waits for is forgone. One that does not run is left as it is.
   *
   * @param child its id; of a dynamic supervisor, what stands for the instance
   * @throws TroupeError `ChildNotFound`
   */
  terminateChild(child: unknown): Promise<void> {
    return this.#administration.terminateChild(child);
  }

  /**
   * Starts a child that was stopped, or has ended, or is quarantined.
   *
   * @throws TroupeError `ChildNotFound`, `ChildRunning`, `ChildRestarting`, `InvalidState` of a
   *   dynamic supervisor, of one that does not run, and where the child is terminated meanwhile;
   *   `StartFailed`, and its spec stays
   */
  restartChild(id: string): Promise<StartedChild> {
    return this.#administration.restartChild(id);
  }

  /**
   * Forgets a child that does not run.
   *
   * @throws TroupeError `ChildNotFound`, `ChildRunning`, `ChildRestarting`, `InvalidState` of a
   *   dynamic supervisor
   */
  deleteChild(id: string): Promise<void> {
    return this.#administration.deleteChild(id);
  }

  /** All children, in the order of their start. */
  whichChildren(): readonly ListedChild[] {
    return this.#children.list();
  }

  countChildren(): ChildCounts {
    const { size } = this.#actors;
    const { specs, active, supervisors, workers } = this.#children.count();
    return {
      specs: this.#isDynamic ? this.#flags.children.length : specs,
      active: active + size,
      supervisors,
      workers: workers + size,
    };
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
    const flags = changeSupervisorFlags(this.#flags, change);
    const listed = new Set(flags.children.map(({ id }) => id));
    for (const { spec } of this.#children.inOrder()) {
      if (!listed.has(spec.id)) checkSignificant(spec, flags.autoShutdown);
    }
    this.#flags = flags;
    this.#children.strategy = flags.strategy;
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

  #deadLetter(letter: DeadLetter): void {
    if (this.#isOwn(letter.target)) return;
    this.#deadLetters++;
    this.#reports.deadLetter(letter);
  }

  async #startAll(): Promise<void> {
    for (const child of this.#children.inOrder()) {
      if (this.#ending) return;
      // Somebody wanted it down before its turn came.
      if (child.terminations > 0) continue;
      const started = await child.start();
      if (started.kind === 'ignored') this.#children.forget(child);
      if (started.kind !== 'failed') continue;
      this.#children.startFailed(child, started.error);
      return this.#send({ type: 'START_FAILED', error: started.error });
    }
    if (this.#ending) return;
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

  #tell(child: SupervisedChild, reason: ExitReason): void {
    if (this.#restarts.mends(child, reason)) return;
    const ended = this.#children.endOf(child, reason, this.status === 'starting');
    if (wantsRestart(ended) && !ended.isExhausted) this.#restarts.take(child);
    this.#send(ended);
  }

  #quarantine(id: string): void {
    const child = this.#children.get(id);
    if (child === undefined) return;
    child.settleGate('abandoned');
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
    void this.#turns.withAll(() => this.#stopAll());
  }

  async #stopAll(): Promise<void> {
    await this.#actors.stop();
    const children = this.#children.inOrder().reverse();
    const stop = this.#isDynamic ? stopTogether : stopInTurn;
    await stop(children, (child) => this.#children.stop(child));
    this.#send({ type: 'STOPPED' });
  }

  #send(event: SupervisorEvent): void {
    // An ended actor needs no more signals; XState would only warn.
    if (this.#ref?.getSnapshot().status !== 'active') return;
    this.#sent.add(event);
    this.#ref.send(event);
  }

  /** It gave up, or the chart itself failed: then its children must not outlive it either. */
  #failed(error: unknown): void {
    this.#killAll();
    const reason = exitReasonOf(error);
    const failure = TroupeError.from(reason.error, 'StartFailed', this.id);
    this.#started(failure);
    const offender = String(failure.details.child ?? '');
    const child = this.#children.get(offender);
    if (child !== undefined) this.#reports.report('shutdown', child, reason);
    this.#reports.escalated(offender, failure);
    this.#settle({ kind: reason.kind, error: failure });
  }

  #completed(): void {
    // Somebody may have ended the actor itself, by a link for instance.
    if (this.status !== 'stopped') this.#killAll();
    this.#settle(SHUTDOWN);
  }

  #killAll(): void {
    this.#ending = true;
    for (const child of this.#children.inOrder()) child.kill();
    void this.#actors.stop();
  }

  #settle(reason: ExitReason): void {
    noteExit(this.ref, reason);
    const message = `supervisor ${this.id} was stopped as it started`;
    this.#started(new TroupeError('InvalidState', message));
    this.#onEnd(reason);
  }
}
