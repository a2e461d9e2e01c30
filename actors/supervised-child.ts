import {
  type ChildSpec,
  type ExitReason,
  invalidOption,
  isThenable,
  messageOf,
  type Offender,
  type PastEnd,
  type SupervisionNode,
  TroupeError,
} from '../src/model/index.ts';
import type { TimerHandle } from '../src/ports/index.ts';
import { IGNORE, type RunningChild } from './child.ts';
import { type ChildStart, startOf } from './child-start.ts';
import { GatePass } from './gate-pass.ts';
import { rememberEnd } from './past-ends.ts';
import { RestartAccount } from './restart-account.ts';
import { ABANDONED, StartAttempt, type StartOwner } from './start-attempt.ts';
import type { Started } from './started.ts';
import { KILL_TIME, OVERDUE, problemOf, type Stopped, writtenOff } from './stopped.ts';

export interface ChildOwner extends StartOwner {
  readonly id: string;
  /** A child ended that nobody has asked to. */
  childExited(child: SupervisedChild, reason: ExitReason): void;
  /** A child's gate threw. */
  gateFailed(child: SupervisedChild, error: unknown): void;
}

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
  /** The wait of that one is over: the group starts. */
  isDue = false;
  /** How often somebody wanted it to be down: what was to start it before is void. */
  terminations = 0;
  /** A start of it that is under way and takes a while. */
  starting: Promise<Started> | undefined;
  readonly #history: PastEnd[] = [];
  /** Made for a child that spends a budget, or waits before restarts. */
  #account: RestartAccount | undefined;
  #startedAt = 0;
  #start: StartAttempt | undefined;
  #stopping: Promise<Stopped> | undefined;
  #onStopped: ((reason: ExitReason) => void) | undefined;
  #wait: TimerHandle;
  /** Made for a child with a gate. */
  #pass: GatePass | undefined;

  constructor(owner: ChildOwner, spec: ChildSpec<ChildStart>, args?: unknown) {
    this.#owner = owner;
    this.spec = spec;
    this.#args = args;
  }

  isOf(owner: ChildOwner): boolean {
    return this.#owner === owner;
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
    const start = new StartAttempt(this.spec.id, this.#owner, this.#args, (reason) =>
      this.#exited(start, reason),
    );
    this.#start = start;
    try {
      const starting = startOf(this.spec.start)(start);
      if (isThenable(starting)) {
        this.starting = this.#settled(start, Promise.resolve(starting));
        return this.starting;
      }
      return this.#begun(start, starting);
    } catch (cause) {
      return this.#failed(cause);
    }
  }

  async #settled(
    start: StartAttempt,
    starting: Promise<RunningChild | typeof IGNORE>,
  ): Promise<Started> {
    try {
      const instance = await Promise.race([starting, start.abandoned]);
      start.settle();
      if (instance !== ABANDONED) return this.#begun(start, instance);
      starting.then(endLate, () => {});
      return this.#abandoned();
    } catch (cause) {
      start.settle();
      return start.isAborted ? this.#abandoned() : this.#failed(cause);
    } finally {
      this.starting = undefined;
    }
  }

  #abandoned(): Started {
    this.status = 'stopped';
    this.#start = undefined;
    return { kind: 'abandoned' };
  }

  #begun(start: StartAttempt, instance: RunningChild | typeof IGNORE): Started {
    if (instance === IGNORE) {
      this.status = 'stopped';
      this.#start = undefined;
      return { kind: 'ignored' };
    }
    if (typeof instance?.stop !== 'function' || typeof instance.kill !== 'function') {
      return this.#failed(invalidOption('start', RUNNING, instance));
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
    this.#remember({ kind: 'start_failed', error: cause });
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

  #exited(start: StartAttempt, reason: ExitReason): void {
    if (start !== this.#start) return;
    if (this.status === 'starting') {
      start.ended ??= reason;
      return;
    }
    start.settle();
    this.#start = undefined;
    this.running = undefined;
    this.status = 'stopped';
    const onStopped = this.#onStopped;
    if (onStopped !== undefined) {
      onStopped(reason);
      return;
    }
    this.#remember(reason);
    this.#owner.childExited(this, reason);
  }

  #remember(end: Parameters<typeof rememberEnd>[2]): void {
    rememberEnd(this.#history, this.#owner.environment.clock.wallTime(), end);
  }

  /**
   * Asks it to end, and ends it at its deadline; resolves when it is gone. Who asks for what is under
   * way already waits with the first, and is not told how it went.
   */
  stop(): Promise<Stopped> {
    this.forgoRestart();
    const { running } = this;
    if (running === undefined) return NOTHING_WRONG;
    if (this.#stopping !== undefined) return this.#stopping.then(() => undefined);
    this.status = 'stopping';
    const stopping = this.#end(running);
    // What ends at once is over by now.
    if (this.#onStopped !== undefined) this.#stopping = stopping;
    return stopping;
  }

  #end(running: RunningChild): Promise<Stopped> {
    const { shutdown } = this.spec;
    const { clock } = this.#owner.environment;
    return new Promise((resolve) => {
      let failure: Stopped;
      const overdue = () => {
        failure ??= OVERDUE;
        this.#kill(running);
      };
      const deadline =
        typeof shutdown === 'number' ? clock.setTimeout(overdue, shutdown) : undefined;
      this.#onStopped = (reason) => {
        this.#onStopped = undefined;
        this.#stopping = undefined;
        if (deadline !== undefined) clock.clearTimeout(deadline);
        const problem = problemOf(reason, shutdown);
        resolve(failure === OVERDUE && problem?.kind === 'killed' ? problem : (failure ?? problem));
      };
      if (shutdown === 'brutal_kill') this.#kill(running);
      else {
        try {
          running.stop();
        } catch (error) {
          failure = { kind: 'error', error };
          this.#kill(running);
        }
      }
    });
  }

  /** Ends it now, wherever it is. */
  kill(): void {
    this.forgoRestart();
    this.#start?.abandon();
    if (this.running !== undefined) this.#kill(this.running);
  }

  /** The last resort: one that throws even then, or is still there after a while, counts as gone. */
  #kill(running: RunningChild): void {
    const start = this.#start;
    if (start === undefined) return;
    try {
      running.kill();
    } catch (error) {
      this.#exited(start, { kind: 'error', error });
    }
    if (start !== this.#start) return;
    start.goneWithin(KILL_TIME, () => this.#exited(start, writtenOff(this.spec.id)));
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
    this.#account ??= new RestartAccount();
    return this.#account.spend(budget, this.#owner.environment.clock.now());
  }

  /** Restarts that are left of its own budget; undefined without one. */
  get budgetLeft(): number | undefined {
    const { budget } = this.spec;
    if (budget === undefined) return undefined;
    if (this.status === 'quarantined') return 0;
    return this.#account?.left(budget, this.#owner.environment.clock.now()) ?? budget.intensity;
  }

  /** Whether its gate holds it back now; a leave that is given is kept for the restart. */
  isHeld(): boolean {
    return this.admit() > 0;
  }

  /**
   * Asks its gate for a start.
   * @returns milliseconds to wait before it is asked again; 0 when the gate lets it start
   */
  admit(): number {
    const { gate } = this.spec;
    if (gate === undefined) return 0;
    this.#pass ??= new GatePass((error) => this.#owner.gateFailed(this, error));
    return this.#pass.admit(gate);
  }

  /** Tells the gate how the start went that it let through, or that there was none. */
  settleGate(kind: Started['kind'], error?: unknown): void {
    this.#pass?.settle(kind, error);
  }

  /** Milliseconds to wait before the next restart; each call is one more in a row. */
  nextDelay(random: () => number): number {
    const { backOff } = this.spec;
    if (backOff === undefined) return 0;
    const lived = this.#owner.environment.clock.now() - this.#startedAt;
    this.#account ??= new RestartAccount();
    return this.#account.nextDelay(backOff, lived, random());
  }

  /** It is to be started again, when that one is. */
  restartsWith(leader: SupervisedChild): void {
    this.status = 'restarting';
    this.waitsFor = leader;
    this.isDue = false;
  }

  /** Whether its turn has come: the group starts, or whom it waited for is not restarted any more. */
  get mayStart(): boolean {
    if (this.status !== 'restarting') return false;
    return this.isDue || this.waitsFor?.status !== 'restarting';
  }

  /** Calls back after a wait, unless the restart is forgone. */
  waitToRestart(ms: number, then: () => void): void {
    this.#wait = this.#owner.environment.clock.setTimeout(() => {
      this.#wait = undefined;
      then();
    }, ms);
  }

  /** Whether it waits for its back-off or its gate. */
  get isWaiting(): boolean {
    return this.#wait !== undefined;
  }

  forgoRestart(): void {
    if (this.status === 'restarting') this.status = 'stopped';
    this.settleGate('abandoned');
    if (this.#wait === undefined) return;
    this.#owner.environment.clock.clearTimeout(this.#wait);
    this.#wait = undefined;
  }
}

const RUNNING = 'a function that gives { stop(), kill() }, or a service { start(), stop() }';

const NOTHING_WRONG: Promise<Stopped> = Promise.resolve(undefined);

/** What comes of a start that nobody waits for any more is nobody's child. */
function endLate(late: unknown): void {
  try {
    if (late !== IGNORE) (late as RunningChild).stop();
  } catch {
    // Nobody is left whom its failure would concern.
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
