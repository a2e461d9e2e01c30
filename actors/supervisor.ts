import type { Actor, AnyActorLogic, AnyActorRef, InputFrom } from 'xstate';
import {
  type SupervisorEvent,
  type SupervisorPerformer,
  supervisorMachine,
} from '../machines/supervisor.ts';
import {
  type ChildSpec,
  type ExitReason,
  exitReasonOf,
  isAbnormal,
  type PartialChildSpec,
  type RestartIntensity,
  recordOf,
  resolveChildSpec,
  resolveRestartIntensity,
  type SupervisionNode,
  TroupeError,
} from '../src/model/index.ts';
import type { Clock, EventSink } from '../src/ports/index.ts';
import {
  type ChildExited,
  type RootOptions,
  rootActor,
  spawnActor,
  stopActor,
  withChildExits,
} from '../src/statechart/index.ts';
import type { RunningChild, StartChild } from './child.ts';

/** What a child's end does to its siblings; as in OTP. A dynamic supervisor starts without any. */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'dynamic';

export interface SupervisorOptions {
  readonly id: string;
  readonly strategy: Strategy;
  readonly children?: readonly PartialChildSpec<StartChild>[];
  readonly intensity?: Partial<RestartIntensity>;
  /** Children that end for good leave nothing behind, not even their spec. @default false */
  readonly forgets?: boolean;
  readonly clock: Clock;
  readonly sink: EventSink;
}

interface Child {
  readonly spec: ChildSpec<StartChild>;
  running: RunningChild | undefined;
  restarts: number;
  /** Set while the supervisor itself ends the child: its exit is then no failure. */
  onStopped: (() => void) | undefined;
}

/**
 * A child of a dynamic supervisor that is an actor and nothing more. A class, not a literal: what
 * long-lived literals are made of, V8 takes for old from their birth.
 */
class DynamicChild {
  readonly actor: Actor<AnyActorLogic>;
  readonly onCrash: (error: unknown) => void;

  constructor(actor: Actor<AnyActorLogic>, onCrash: (error: unknown) => void) {
    this.actor = actor;
    this.onCrash = onCrash;
  }
}

/** Performs `machines/supervisor.ts`: holds the children, starts and stops them in order. */
export class Supervisor {
  readonly id: string;
  readonly #strategy: Strategy;
  readonly #intensity: RestartIntensity;
  readonly #forgets: boolean;
  readonly #clock: Clock;
  readonly #sink: EventSink;
  /** In the order in which they are started. */
  readonly #children = new Map<string, Child>();
  readonly #dynamic = new Map<string, DynamicChild>();
  #ref: Actor<typeof supervisorMachine> | undefined;
  #deadLetters = 0;
  #doing: Promise<void> = Promise.resolve();
  /** Nothing is started any more. */
  #ending = false;
  #settleStart: ((error?: TroupeError) => void) | undefined;
  #onEnd: (failure: TroupeError | undefined) => void = () => {};
  /** Resolves when the supervisor has ended, with why if it gave up. */
  readonly ended = new Promise<TroupeError | undefined>((resolve) => {
    this.#onEnd = resolve;
  });

  /** @throws TroupeError `InvalidOption`, `DuplicateId` */
  constructor(options: SupervisorOptions) {
    const { id, strategy, children = [], intensity, forgets = false, clock, sink } = options;
    this.id = id;
    this.#strategy = strategy;
    this.#forgets = forgets;
    this.#intensity = resolveRestartIntensity(intensity);
    this.#clock = clock;
    this.#sink = sink;
    for (const partial of children) {
      const spec = resolveChildSpec(partial);
      if (this.#children.has(spec.id)) throw duplicateChild(id, spec.id);
      this.#children.set(spec.id, idleChild(spec));
    }
  }

  /** `idle` before the start, then the state of the chart. */
  get status(): string {
    const snapshot = this.#ref?.getSnapshot();
    return snapshot === undefined ? 'idle' : String(snapshot.value);
  }

  /** The actor system that it lives in; there is one once it is started. */
  get system(): object {
    return this.#ref?.system ?? this;
  }

  /** Events to actors that had ended, anywhere in the tree below a root. */
  get deadLetters(): number {
    return this.#deadLetters;
  }

  /** Live children. */
  get size(): number {
    return this.#children.size + this.#dynamic.size;
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
    const machine = withChildExits(supervisorMachine, (exit) => this.#childExited(exit));
    const performer: SupervisorPerformer = {
      startAll: () => this.#afterwards(() => this.#startAll()),
      stopAll: () => {
        this.#ending = true;
        this.#afterwards(() => this.#stopAll());
      },
      restart: (id, reason) => this.#afterwards(() => this.#restart(id, reason)),
      forget: (id) => this.#forget(id),
      now: () => this.#clock.now(),
    };
    const input = { performer, intensity: this.#intensity };
    const onError = (error: unknown) => this.#failed(error);
    this.#ref =
      parent === undefined
        ? rootActor(machine, {
            id: this.id,
            input,
            clock: this.#clock,
            onError,
            ...this.#witnesses(),
          })
        : spawnActor(machine, { parent, id: this.id, input });
    if (parent !== undefined) this.#ref.subscribe({ error: onError });
    this.#ref.subscribe({ complete: () => this.#end(undefined), error: () => {} });
    this.#ref.start();
    return started;
  }

  /**
   * Starts an actor under a dynamic supervisor. It is temporary: its end frees its id.
   *
   * @param onCrash is told when the actor itself throws
   * @throws TroupeError `InvalidState` unless the supervisor is running, `DuplicateId`
   */
  spawn<L extends AnyActorLogic>(
    id: string,
    logic: L,
    input: InputFrom<L>,
    onCrash: (error: unknown) => void,
  ): Actor<L> {
    const parent = this.#ref;
    if (parent?.getSnapshot().value !== 'running') {
      throw this.#notRunning();
    }
    if (this.#dynamic.has(id)) throw duplicateChild(this.id, id);
    const actor = spawnActor(logic, { parent, id, input });
    this.#dynamic.set(id, new DynamicChild(actor as unknown as Actor<AnyActorLogic>, onCrash));
    actor.start();
    return actor;
  }

  /**
   * Adds a child to a supervisor that runs, and starts it.
   *
   * @throws TroupeError `InvalidOption`, `InvalidState` unless the supervisor is running,
   *   `DuplicateId`, `StartFailed`; nothing is kept of a child that did not start
   */
  async startChild(partial: PartialChildSpec<StartChild>): Promise<void> {
    const spec = resolveChildSpec(partial);
    if (this.status !== 'running') throw this.#notRunning();
    if (this.#children.has(spec.id)) throw duplicateChild(this.id, spec.id);
    const child = idleChild(spec);
    this.#children.set(spec.id, child);
    const failure = await this.#startChild(child);
    if (failure === undefined) return;
    this.#children.delete(spec.id);
    throw failure;
  }

  /** Stops a child within its own time and forgets it; one that is unknown is left alone. */
  async terminateChild(id: string): Promise<void> {
    const child = this.#children.get(id);
    if (child === undefined) return;
    await this.#stopChild(child);
    this.#children.delete(id);
  }

  /** Stops the children in reverse order, each within its own time, then itself. */
  stop(): void {
    this.#send({ type: 'STOP' });
  }

  /** Ends all children at once. */
  kill(): void {
    this.stop();
    for (const { running } of this.#children.values()) running?.kill();
  }

  tree(): SupervisionNode {
    return {
      id: this.id,
      type: 'supervisor',
      status: this.status,
      restarts: 0,
      children: this.#nodes(),
    };
  }

  #nodes(): SupervisionNode[] {
    const nodes: SupervisionNode[] = [];
    for (const { spec, running, restarts } of this.#children.values()) {
      const status = running === undefined ? 'stopped' : (running.status?.() ?? 'running');
      const children = running?.children?.();
      nodes.push({ id: spec.id, type: spec.type, status, restarts, ...(children && { children }) });
    }
    for (const [id, { actor }] of this.#dynamic) {
      const status = String(actor.getSnapshot().value);
      nodes.push({ id, type: 'worker', status, restarts: 0 });
    }
    return nodes;
  }

  /**
   * Does one thing after the other, and none inside the chart's own action, where no actor should
   * be made. What has begun when the end is decided is finished first, so that nothing that starts
   * late is overlooked.
   */
  #afterwards(act: () => Promise<void>): void {
    this.#doing = this.#doing.then(act);
  }

  /** What a root tells of its whole system. */
  #witnesses(): Pick<RootOptions<never>, 'onDeadLetter' | 'onObserverError'> {
    return {
      onDeadLetter: ({ target, event }) => {
        this.#deadLetters++;
        const actor = String((target as { id?: unknown }).id);
        const time = this.#clock.wallTime();
        this.#sink.publish({ type: 'actor.dead_letter', actor, event: event.type, time });
      },
      onObserverError: (error) => {
        const time = this.#clock.wallTime();
        this.#sink.publish({ type: 'actor.observer_dropped', error: recordOf(error), time });
      },
    };
  }

  async #startAll(): Promise<void> {
    for (const child of this.#children.values()) {
      if (this.#ending) return;
      const failure = await this.#startChild(child);
      if (failure !== undefined) return this.#send({ type: 'START_FAILED', error: failure });
    }
    this.#send({ type: 'STARTED' });
    this.#started();
  }

  #started(error?: TroupeError): void {
    this.#settleStart?.(error);
    this.#settleStart = undefined;
  }

  async #startChild(child: Child): Promise<TroupeError | undefined> {
    const { id, start } = child.spec;
    const host = {
      id,
      parent: this.#ref as AnyActorRef,
      exited: (reason: ExitReason) => {
        const told = this.#childExited({ type: 'child.exited', id, reason });
        if (told !== undefined) this.#send(told);
      },
    };
    try {
      const starting = start(host);
      child.running = starting instanceof Promise ? await starting : starting;
      return undefined;
    } catch (cause) {
      return new TroupeError('StartFailed', `${this.id}: ${id} did not start: ${causeOf(cause)}`, {
        cause,
        details: { supervisor: this.id, child: id },
      });
    }
  }

  /** A child is gone. What the supervisor wanted itself is settled here; the rest is the chart's. */
  #childExited({ id, reason }: ChildExited): SupervisorEvent | undefined {
    const dynamic = this.#dynamic.get(id);
    if (dynamic !== undefined) {
      this.#dynamic.delete(id);
      if (isAbnormal(reason)) dynamic.onCrash(reason.error);
      return undefined;
    }
    const child = this.#children.get(id);
    if (child === undefined) return undefined;
    child.running = undefined;
    if (child.onStopped !== undefined) {
      child.onStopped();
      return undefined;
    }
    return { type: 'child.exited', id, reason, restart: child.spec.restart };
  }

  async #restart(id: string, reason: ExitReason): Promise<void> {
    if (this.#ending) return;
    const affected = this.#affectedBy(id);
    for (const child of [...affected].reverse()) await this.#stopChild(child);
    for (const child of affected) {
      if (this.#ending) return;
      child.restarts++;
      const failure = await this.#startChild(child);
      if (failure !== undefined) return this.#send({ type: 'START_FAILED', error: failure });
    }
    this.#sink.publish({
      type: 'child.restarted',
      supervisor: this.id,
      child: id,
      reason: reason.kind,
      restarts: this.#children.get(id)?.restarts ?? 0,
      time: this.#clock.wallTime(),
    });
  }

  #affectedBy(id: string): readonly Child[] {
    const all = [...this.#children.values()];
    if (this.#strategy === 'one_for_all') return all;
    const at = all.findIndex((child) => child.spec.id === id);
    return this.#strategy === 'rest_for_one' ? all.slice(at) : all.slice(at, at + 1);
  }

  #forget(id: string): void {
    const child = this.#children.get(id);
    const isGone = child?.spec.restart === 'temporary' || this.#forgets;
    if (isGone && child?.running === undefined) this.#children.delete(id);
  }

  async #stopAll(): Promise<void> {
    await this.#stopDynamic();
    for (const child of [...this.#children.values()].reverse()) await this.#stopChild(child);
    this.#send({ type: 'STOPPED' });
  }

  /** Many at once, but never so many that timers and I/O would have to wait for all of them. */
  async #stopDynamic(): Promise<void> {
    let left = STOPS_PER_TURN;
    for (const [id, { actor }] of this.#dynamic) {
      this.#dynamic.delete(id);
      stopActor(actor);
      if (--left > 0) continue;
      left = STOPS_PER_TURN;
      await new Promise(setImmediate);
    }
  }

  /** Asks a child to end, and ends it at its deadline; resolves when it is gone. */
  #stopChild(child: Child): Promise<void> {
    const { running, spec } = child;
    if (running === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = Number.isFinite(spec.shutdown)
        ? this.#clock.setTimeout(() => running.kill(), spec.shutdown)
        : undefined;
      child.onStopped = () => {
        child.onStopped = undefined;
        if (deadline !== undefined) this.#clock.clearTimeout(deadline);
        resolve();
      };
      running.stop();
    });
  }

  #notRunning(): TroupeError {
    return new TroupeError(
      'InvalidState',
      `supervisor ${this.id} is not running: it is ${this.status}`,
    );
  }

  #send(event: SupervisorEvent): void {
    // An ended actor needs no more signals; XState would only warn.
    if (this.#ref?.getSnapshot().status === 'active') this.#ref.send(event);
  }

  #failed(error: unknown): void {
    // Whatever made the chart itself fail, its children must not outlive it.
    for (const { running } of this.#children.values()) running?.kill();
    void this.#stopDynamic();
    const reason = exitReasonOf(error);
    const failure = TroupeError.from(reason.error, 'StartFailed', this.id);
    this.#started(failure);
    this.#sink.publish({
      type: 'supervisor.escalated',
      supervisor: this.id,
      child: String(failure.details.child ?? ''),
      error: recordOf(failure),
      time: this.#clock.wallTime(),
    });
    this.#end(failure);
  }

  #end(failure: TroupeError | undefined): void {
    this.#started(
      new TroupeError('InvalidState', `supervisor ${this.id} was stopped as it started`),
    );
    this.#onEnd(failure);
  }
}

const STOPS_PER_TURN = 1_000;

/** A supervisor as a child of another; the child's id must be the supervisor's. */
export function subtree(supervisor: Supervisor): StartChild {
  return async ({ parent }) => {
    await supervisor.start(parent);
    return {
      stop: () => supervisor.stop(),
      kill: () => supervisor.kill(),
      status: () => supervisor.status,
      children: () => supervisor.tree().children ?? [],
    };
  };
}

function idleChild(spec: ChildSpec<StartChild>): Child {
  return { spec, running: undefined, restarts: 0, onStopped: undefined };
}

function duplicateChild(supervisor: string, child: string): TroupeError {
  return new TroupeError('DuplicateId', `supervisor ${supervisor} already has a child ${child}`, {
    details: { supervisor, child },
  });
}

function causeOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
