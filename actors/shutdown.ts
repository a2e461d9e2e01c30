import type { Actor } from 'xstate';
import { createShutdownMachine, type ShutdownPerformer } from '../machines/shutdown.ts';
import {
  allowanceOf,
  checkFunction,
  describe,
  invalidOption,
  type OwnShutdownPhase,
  type ShutdownPhase,
  type ShutdownPlan,
  TroupeError,
} from '../src/model/index.ts';
import type { Clock } from '../src/ports/index.ts';
import { rootActor } from '../src/statechart/index.ts';

/** A phase of the runtime's own, or one of `shutdownPhases`. */
export type ShutdownPhaseName = OwnShutdownPhase | (string & {});

/** What a task of a shutdown is told. */
export interface ShutdownTaskContext {
  /** Why the runtime shuts down, as whoever asked for it first put it. */
  readonly reason: string;
  /** Aborts when the time of the task's phase is up. */
  readonly signal: AbortSignal;
  /** Milliseconds until then; less when somebody is in a greater hurry meanwhile. */
  readonly timeLeft: number;
}

/** Something to be done in a phase; through when what it returns has resolved. */
export type ShutdownTask = (context: ShutdownTaskContext) => unknown;

/** Names a task of a shutdown. */
export interface ShutdownTaskId {
  readonly phase: string;
  readonly task: string;
}

/** How a shutdown went. */
export interface ShutdownReport {
  readonly reason: string;
  /** Milliseconds from the request to the end. */
  readonly elapsed: number;
  /** The tasks that were not through when the time of their phase was up. */
  readonly overran: readonly ShutdownTaskId[];
  /** Why the runtime had failed, or failed on the way, if it did. */
  readonly failure?: TroupeError;
  /** What went wrong on the way. */
  readonly errors: readonly (ShutdownTaskId & { readonly error: unknown })[];
  /** The phases that were not begun, because one that they cannot do without failed. */
  readonly skipped: readonly string[];
  /**
   * Threads that were ended and live on half a second later, inside a native synchronous call. The
   * process cannot exit before they do, `process.exit` included; only a SIGKILL ends it.
   */
  readonly zombies: number;
}

export interface ShutdownOptions {
  readonly clock: Clock;
  readonly plan: ShutdownPlan;
  /** How many threads were ended and live on; asked at the end. @default none */
  readonly zombies?: () => number | Promise<number>;
  /** Why what is shut down had failed. @default it had not */
  readonly failure?: () => TroupeError | undefined;
}

/** A phase, with what is to be done in it. */
interface Phase {
  readonly spec: ShutdownPhase;
  readonly tasks: Map<string, ShutdownTask>;
  /** The names of those that are under way. */
  readonly pending: Set<string>;
  readonly controller: AbortController;
  /** It has begun, or never will: it takes no more tasks. */
  closed: boolean;
  failed: boolean;
  /** On the clock; set once it has begun. */
  end: number;
}

/**
 * Performs `machines/shutdown.ts`: within a phase all tasks run side by side, and the phase is over
 * when they are through or its time is up.
 */
export class Shutdown {
  readonly #clock: Clock;
  readonly #zombies: () => number | Promise<number>;
  readonly #failure: () => TroupeError | undefined;
  readonly #phases: ReadonlyMap<string, Phase>;
  readonly #actor: Actor<ReturnType<typeof createShutdownMachine>>;
  readonly #overran: ShutdownTaskId[] = [];
  readonly #errors: (ShutdownTaskId & { error: unknown })[] = [];
  readonly #skipped: string[] = [];
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
  #report: Promise<ShutdownReport> | undefined;
  #reason = '';
  #deadline = Number.POSITIVE_INFINITY;

  constructor({ clock, plan, zombies = () => 0, failure = () => undefined }: ShutdownOptions) {
    this.#clock = clock;
    this.#zombies = zombies;
    this.#failure = failure;
    this.#phases = new Map(plan.map((spec) => [spec.name, phaseOf(spec)]));
    let end: () => void = () => {};
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    const performer: ShutdownPerformer = {
      begin: (phase) => this.#begin(this.#get(phase)),
      overran: (phase) => this.#cutShort(this.#get(phase)),
      skipped: (phase) => this.#skip(this.#get(phase)),
      allowance: (phase) => this.#allowance(this.#get(phase)),
      stopped: () => end(),
    };
    const onError = (error: unknown) => {
      this.#errors.push({ phase: this.status, task: 'shutdown', error });
      end();
    };
    this.#actor = rootActor(createShutdownMachine(plan), {
      id: 'shutdown',
      input: { performer },
      clock,
      onError,
    });
    this.#actor.start();
  }

  get status(): 'running' | 'stopping' | 'stopped' {
    const { value } = this.#actor.getSnapshot();
    if (value === 'stopped') return 'stopped';
    // The first phase's tasks run before the chart has left `running`.
    return this.#report === undefined ? 'running' : 'stopping';
  }

  /**
   * Adds a task to a phase that has not begun, also while the shutdown is under way.
   *
   * @returns takes it out again, as long as its phase has not begun
   * @throws TroupeError `InvalidOption`, `DuplicateId`, `InvalidState` when the phase has begun
   */
  add(phase: ShutdownPhaseName, name: string, task: ShutdownTask): Disposable {
    const { tasks, closed } = this.#get(phase);
    if (typeof name !== 'string' || name === '') {
      throw invalidOption('name', 'a text that is not empty', name);
    }
    checkFunction('task', task);
    const details = { phase, task: name, status: this.status };
    if (closed) {
      const message = `phase ${phase} of the shutdown has begun or is over: it cannot take ${describe(name)}`;
      throw new TroupeError('InvalidState', message, { details });
    }
    if (tasks.has(name)) {
      const message = `phase ${phase} of the shutdown has a task called ${describe(name)} already`;
      throw new TroupeError('DuplicateId', message, { details });
    }
    tasks.set(name, task);
    return {
      [Symbol.dispose]: () => {
        if (tasks.get(name) === task) tasks.delete(name);
      },
    };
  }

  /**
   * Begins, or joins the one that is under way: then its reason stays, and so does its deadline
   * unless this one is earlier.
   *
   * @param timeout milliseconds for all phases together, from this call
   */
  begin(reason: string, timeout: number): Promise<ShutdownReport> {
    const now = this.#clock.now();
    const hurry = now + timeout < this.#deadline;
    if (hurry) this.#deadline = now + timeout;
    if (this.#report === undefined) {
      this.#reason = reason;
      // Before the first task runs, which may ask for the shutdown itself.
      this.#report = this.#reportFrom(now);
      this.#actor.send({ type: 'SHUTDOWN' });
    } else if (hurry && this.status !== 'stopped') this.#actor.send({ type: 'HURRY' });
    return this.#report;
  }

  async #reportFrom(started: number): Promise<ShutdownReport> {
    await this.ended;
    const elapsed = this.#clock.now() - started;
    const zombies = await this.#zombies();
    const failure = this.#failure();
    return {
      reason: this.#reason,
      elapsed,
      ...(failure !== undefined && { failure }),
      overran: [...this.#overran],
      errors: [...this.#errors],
      skipped: [...this.#skipped],
      zombies,
    };
  }

  #begin(phase: Phase): void {
    phase.closed = true;
    this.#allowance(phase);
    const context = this.#contextOf(phase);
    for (const task of phase.tasks.keys()) phase.pending.add(task);
    for (const [name, task] of phase.tasks) void this.#perform(phase, name, task, context);
    if (phase.tasks.size === 0) this.#through(phase);
  }

  async #perform(
    phase: Phase,
    name: string,
    task: ShutdownTask,
    context: ShutdownTaskContext,
  ): Promise<void> {
    try {
      await task(context);
    } catch (error) {
      // That it overran is in the report; to end because of that is no other failure.
      if (!phase.controller.signal.aborted || !isAbort(error)) {
        phase.failed = true;
        this.#errors.push({ phase: phase.spec.name, task: name, error });
      }
    }
    phase.pending.delete(name);
    if (phase.pending.size === 0) this.#through(phase);
  }

  /** The chart passes it over where the phase was overtaken. */
  #through({ spec: { name }, failed }: Phase): void {
    if (this.status === 'stopped') return;
    this.#actor.send({ type: failed ? 'PHASE_FAILED' : 'PHASE_DONE', phase: name });
  }

  #cutShort({ spec: { name }, pending, controller }: Phase): void {
    for (const task of pending) this.#overran.push({ phase: name, task });
    controller.abort();
  }

  #skip(phase: Phase): void {
    phase.closed = true;
    this.#skipped.push(phase.spec.name);
  }

  /** Sets the phase's end, which a nearer deadline can only bring nearer, and tells what is left. */
  #allowance(phase: Phase): number {
    const now = this.#clock.now();
    phase.end = Math.min(phase.end, now + allowanceOf(phase.spec, this.#deadline - now));
    return Math.max(0, phase.end - now);
  }

  #contextOf(phase: Phase): ShutdownTaskContext {
    const [clock, reason] = [this.#clock, this.#reason];
    return {
      reason,
      signal: phase.controller.signal,
      get timeLeft() {
        return Math.max(0, phase.end - clock.now());
      },
    };
  }

  #get(name: string): Phase {
    const phase = this.#phases.get(name);
    if (phase !== undefined) return phase;
    throw invalidOption('phase', `one of ${[...this.#phases.keys()].join(', ')}`, name);
  }
}

/** Whether it is what a signal's abort makes of a call that heeds it. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function phaseOf(spec: ShutdownPhase): Phase {
  return {
    spec,
    tasks: new Map(),
    pending: new Set(),
    controller: new AbortController(),
    closed: false,
    failed: false,
    end: Number.POSITIVE_INFINITY,
  };
}
