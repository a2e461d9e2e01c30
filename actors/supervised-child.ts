import type { AnyActorRef } from 'xstate';
import {
  addRestart,
  backOffDelay,
  type ChildShutdown,
  type ChildSpec,
  type ExitReason,
  exceedsIntensity,
  type GateAnswer,
  invalidOption,
  MAX_TIMEOUT,
  messageOf,
  type Offender,
  type PastEnd,
  type SupervisionNode,
  TroupeError,
} from '../src/model/index.ts';
import type { TimerHandle } from '../src/ports/index.ts';
import { type ChildHost, type Environment, IGNORE, type RunningChild } from './child.ts';
import { type ChildStart, startOf } from './child-start.ts';

/** How the start of a child went. */
export type Started =
  | { readonly kind: 'started'; readonly ref: unknown; readonly info: unknown }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'failed'; readonly error: TroupeError }
  /** It was no longer wanted before it was through. */
  | { readonly kind: 'abandoned' };

/** How a child ended that was asked to: with an error when it did not do as it should. */
export type Stopped = ExitReason | undefined;

export interface ChildOwner {
  readonly id: string;
  readonly environment: Environment;
  /** The actor that children have as parent. */
  readonly ref: AnyActorRef;
  /** A child ended that nobody has asked to. */
  childExited(child: SupervisedChild, reason: ExitReason): void;
  /** A child's gate threw. */
  gateFailed(child: SupervisedChild, error: unknown): void;
}

/** Ends of a child that are remembered. */
const MAX_HISTORY = 10;

/**
 * One child of a supervisor: its spec and, while there is one, its instance. It starts and stops it
 * when it is told to; whether it should, is the supervisor's to say.
 */
export class SupervisedChild {
  spec: ChildSpec<ChildStart>;
  readonly #owner: ChildOwner;
  readonly #args: unknown;
  status: 'stopped' | 'starting' | 'running' | 'restarting' | 'stopping' | 'quarantined' =
    'stopped';
  running: RunningChild | undefined;
  /** What stands, or stood, for its latest instance. */
  lastRef: unknown;
  restarts = 0;
  /** While it is to be restarted: whose restart that is, its own or a sibling's. */
  waitsFor: SupervisedChild | undefined;
  readonly #history: PastEnd[] = [];
  /** Restarts within the period of its own budget. */
  #spent: readonly number[] = [];
  /** Restarts since it last lived for long. */
  #inARow = 0;
  #startedAt = 0;
  #start: Start | undefined;
  #onStopped: ((reason: ExitReason) => void) | undefined;
  #wait: TimerHandle;
  /** Of the gate's answer that let a start through that is not settled yet. */
  #settle: GateAnswer['settle'];

  constructor(owner: ChildOwner, spec: ChildSpec<ChildStart>, args?: unknown) {
    this.#owner = owner;
    this.spec = spec;
    this.#args = args;
  }

  get ref(): unknown {
    return this.running && refOf(this.running);
  }

  /** Why it ended last, of itself. */
  get lastReason(): string | undefined {
    return this.#history.at(-1)?.reason;
  }

  get offender(): Offender {
    const { id, type, restart, shutdown } = this.spec;
    return { id, type, restart, shutdown, restarts: this.restarts, history: [...this.#history] };
  }

  get node(): SupervisionNode {
    const { id, type } = this.spec;
    const { running, restarts } = this;
    const status = (this.status === 'running' && running?.status?.()) || this.status;
    const children = running?.children?.();
    return {
      id,
      type,
      status,
      restarts,
      ...(this.#history.length > 0 && { history: [...this.#history] }),
      ...(children && { children }),
    };
  }

  /** Synchronous where the start is. */
  start(): Started | Promise<Started> {
    this.status = 'starting';
    const start = new Start(this.spec.id, this.#owner, this.#args, (reason) =>
      this.#exited(start, reason),
    );
    this.#start = start;
    try {
      const starting = startOf(this.spec.start)(start);
      if (starting instanceof Promise) return this.#settled(start, starting);
      return this.#begun(start, starting);
    } catch (cause) {
      return this.#failed(cause);
    }
  }

  async #settled(start: Start, starting: Promise<RunningChild | typeof IGNORE>): Promise<Started> {
    try {
      const instance = await Promise.race([starting, start.abandoned]);
      start.settle();
      if (instance !== ABANDONED) return this.#begun(start, instance);
      starting.then(endLate, () => {});
      return this.#abandoned();
    } catch (cause) {
      start.settle();
      return start.isAborted ? this.#abandoned() : this.#failed(cause);
    }
  }

  #abandoned(): Started {
    this.status = 'stopped';
    this.#start = undefined;
    return { kind: 'abandoned' };
  }

  #begun(start: Start, instance: RunningChild | typeof IGNORE): Started {
    if (instance === IGNORE) {
      this.status = 'stopped';
      this.#start = undefined;
      return { kind: 'ignored' };
    }
    if (typeof instance?.stop !== 'function' || typeof instance.kill !== 'function') {
      return this.#failed(invalidOption('start', 'a start that gives a running child', instance));
    }
    this.status = 'running';
    this.running = instance;
    this.lastRef = refOf(instance);
    this.#startedAt = this.#owner.environment.clock.now();
    const { ended } = start;
    if (ended !== undefined) queueMicrotask(() => this.#exited(start, ended));
    return { kind: 'started', ref: refOf(instance), info: instance.info };
  }

  #failed(cause: unknown): Started {
    const { id } = this.spec;
    this.status = 'stopped';
    this.#start = undefined;
    const supervisor = this.#owner.id;
    const message = `${supervisor}: ${id} did not start: ${messageOf(cause)}`;
    const details = { supervisor, child: id };
    const error = new TroupeError('StartFailed', message, { cause, details });
    this.#remember('start_failed', cause);
    return { kind: 'failed', error };
  }

  /** An actor's end, which its parent hears of by its id. */
  exited(reason: ExitReason): void {
    const { ref } = this;
    const start = this.#start;
    // That of an earlier instance may come after the next one has begun.
    const isStale = this.status === 'running' && isActive(ref);
    // An event can be made up: of what is no actor, it tells nothing.
    const isActor = this.spec.type === 'supervisor' || this.status !== 'running' || isActorRef(ref);
    if (start !== undefined && isActor && !isStale) this.#exited(start, reason);
  }

  #exited(start: Start, reason: ExitReason): void {
    if (start !== this.#start) return;
    if (this.status === 'starting') {
      start.ended ??= reason;
      return;
    }
    this.#start = undefined;
    this.running = undefined;
    this.status = 'stopped';
    const onStopped = this.#onStopped;
    if (onStopped !== undefined) {
      onStopped(reason);
      return;
    }
    this.#remember(reason.kind, reason.error);
    this.#owner.childExited(this, reason);
  }

  #remember(reason: string, error: unknown): void {
    const time = this.#owner.environment.clock.wallTime();
    const message = error === undefined ? undefined : clipped(messageOf(error));
    this.#history.push(message === undefined ? { time, reason } : { time, reason, message });
    if (this.#history.length > MAX_HISTORY) this.#history.shift();
  }

  /** Asks it to end, and ends it at its deadline; resolves when it is gone. */
  stop(): Promise<Stopped> {
    this.forgoRestart();
    const { running, spec } = this;
    if (running === undefined) return Promise.resolve(undefined);
    const { shutdown } = spec;
    const { clock } = this.#owner.environment;
    this.status = 'stopping';
    return new Promise((resolve) => {
      let failure: Stopped;
      const overdue = () => {
        failure ??= { kind: 'killed' };
        this.#attempt(() => running.kill());
      };
      const deadline =
        typeof shutdown === 'number' ? clock.setTimeout(overdue, shutdown) : undefined;
      this.#onStopped = (reason) => {
        this.#onStopped = undefined;
        if (deadline !== undefined) clock.clearTimeout(deadline);
        const isWanted = shutdown === 'brutal_kill' && reason.kind === 'killed';
        const isOrderly = reason.kind === 'normal' || reason.kind === 'shutdown';
        resolve(failure ?? (isOrderly || isWanted ? undefined : reason));
      };
      try {
        if (shutdown === 'brutal_kill') running.kill();
        else running.stop();
      } catch (error) {
        failure = { kind: 'error', error };
        this.#attempt(() => running.kill());
      }
    });
  }

  /** Ends it now, wherever it is. */
  kill(): void {
    this.forgoRestart();
    this.#start?.abandon();
    this.#attempt(() => this.running?.kill());
  }

  /** To end it is the last resort: one that throws even then counts as gone. */
  #attempt(kill: () => void): void {
    const start = this.#start;
    try {
      kill();
    } catch (error) {
      if (start !== undefined) this.#exited(start, { kind: 'error', error });
    }
  }

  /** Makes a start that is under way end within the time that the child has to stop. */
  abandonStart(): void {
    const start = this.#start;
    if (this.status !== 'starting' || start === undefined) return;
    start.abandonWithin(this.spec.shutdown);
  }

  /**
   * Counts a restart that is about to be against the child's own budget.
   * @returns whether it is spent; without a budget it never is
   */
  spendBudget(): boolean {
    const { budget } = this.spec;
    if (budget === undefined) return false;
    const spent = addRestart(this.#spent, this.#owner.environment.clock.now(), budget);
    const isExhausted = exceedsIntensity(spent, budget);
    this.#spent = isExhausted ? [] : spent;
    return isExhausted;
  }

  /** Whether its gate would hold it back now. */
  isHeld(): boolean {
    const wait = this.admit();
    this.settleGate('abandoned');
    return wait > 0;
  }

  /**
   * Asks its gate for a start.
   * @returns milliseconds to wait before it is asked again; 0 when the gate lets it start
   */
  admit(): number {
    this.settleGate('abandoned');
    const admission = this.#ask();
    this.#settle = admission.settle;
    return admission.retryAfter;
  }

  /** Tells the gate how the start went that it let through. */
  settleGate(kind: Started['kind'], error?: unknown): void {
    const settle = this.#settle;
    this.#settle = undefined;
    try {
      if (kind === 'abandoned') settle?.('cancelled');
      else if (kind === 'failed') settle?.('failure', error);
      else settle?.('success');
    } catch (defect) {
      this.#owner.gateFailed(this, defect);
    }
  }

  /** A gate that throws, or answers what is no answer, holds nobody back. */
  #ask(): GateAnswer {
    const { gate } = this.spec;
    if (gate === undefined) return OPEN;
    try {
      const { retryAfter, settle } = gate.admit();
      return retryAfter > 0
        ? { retryAfter: Math.min(retryAfter, MAX_TIMEOUT) }
        : { ...OPEN, settle };
    } catch (error) {
      this.#owner.gateFailed(this, error);
      return OPEN;
    }
  }

  /** Milliseconds to wait before the next restart; each call is one more in a row. */
  nextDelay(random: () => number): number {
    const { backOff } = this.spec;
    if (backOff === undefined) return 0;
    const lived = this.#owner.environment.clock.now() - this.#startedAt;
    if (lived >= backOff.resetAfter) this.#inARow = 0;
    return backOffDelay(backOff, this.#inARow++, random());
  }

  /** Calls back after a wait, unless the restart is forgone. */
  waitToRestart(ms: number, then: () => void): void {
    this.#wait = this.#owner.environment.clock.setTimeout(() => {
      this.#wait = undefined;
      then();
    }, ms);
  }

  /** @returns whether there was a wait */
  forgoRestart(): boolean {
    if (this.status === 'restarting') this.status = 'stopped';
    this.settleGate('abandoned');
    if (this.#wait === undefined) return false;
    this.#owner.environment.clock.clearTimeout(this.#wait);
    this.#wait = undefined;
    return true;
  }
}

/** The answer where there is no gate. */
const OPEN: GateAnswer = { retryAfter: 0 };

/** What comes of a start that nobody waits for any more is nobody's child. */
function endLate(late: unknown): void {
  try {
    if (late !== IGNORE) (late as RunningChild).stop();
  } catch {
    // Nobody is left whom its failure would concern.
  }
}

const ABANDONED: unique symbol = Symbol('abandoned');

/** One start of a child, and the life that came of it. */
class Start implements ChildHost {
  readonly id: string;
  readonly args: unknown;
  readonly exited: (reason: ExitReason) => void;
  readonly #owner: ChildOwner;
  /** It ended before its start was through. */
  ended: ExitReason | undefined;
  #abort: AbortController | undefined;
  #deadline: TimerHandle;
  isAborted = false;
  #isAbandoned = false;
  #abandonment: (() => void) | undefined;
  #onAbandoned: ((value: typeof ABANDONED) => void) | undefined;

  constructor(id: string, owner: ChildOwner, args: unknown, exited: (reason: ExitReason) => void) {
    this.id = id;
    this.#owner = owner;
    this.args = args;
    this.exited = exited;
  }

  get parent(): AnyActorRef {
    return this.#owner.ref;
  }

  get environment(): Environment {
    return this.#owner.environment;
  }

  /** Made for the start that looks at it. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.isAborted) this.abort();
    return this.#abort.signal;
  }

  get abandoned(): Promise<typeof ABANDONED> {
    return new Promise((resolve) => {
      if (this.#isAbandoned) resolve(ABANDONED);
      else this.#onAbandoned = resolve;
    });
  }

  abort(): void {
    this.isAborted = true;
    const reason = new TroupeError('InvalidState', `${this.id} is no longer to start`);
    this.#abort?.abort(reason);
  }

  abandonWithin(limit: ChildShutdown): void {
    this.abort();
    if (limit === 'brutal_kill') this.abandon();
    else if (limit !== 'infinity' && this.#deadline === undefined) {
      this.#deadline = this.#owner.environment.clock.setTimeout(() => this.abandon(), limit);
    }
  }

  /** It came to an end by itself. */
  settle(): void {
    if (this.#deadline !== undefined) this.#owner.environment.clock.clearTimeout(this.#deadline);
  }

  onAbandoned(then: () => void): void {
    this.#abandonment = then;
  }

  abandon(): void {
    this.abort();
    this.#isAbandoned = true;
    this.#abandonment?.();
    this.#onAbandoned?.(ABANDONED);
  }
}

function refOf(instance: RunningChild): unknown {
  return instance.ref ?? instance;
}

interface WithSnapshot {
  getSnapshot(): { readonly status?: string };
}

function isActorRef(ref: unknown): ref is WithSnapshot {
  return typeof (ref as WithSnapshot | undefined)?.getSnapshot === 'function';
}

function isActive(ref: unknown): boolean {
  return isActorRef(ref) && ref.getSnapshot().status === 'active';
}

const MAX_MESSAGE = 300;

function clipped(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`;
}
