import type { Actor } from 'xstate';
import {
  type ShutdownPerformer,
  type ShutdownPhase,
  shutdownMachine,
} from '../machines/shutdown.ts';
import type { Clock } from '../src/ports/index.ts';
import { rootActor } from '../src/statechart/index.ts';

/** What each phase does; resolves when it is through, and may be overtaken by its deadline. */
export interface ShutdownTasks extends Record<ShutdownPhase, () => void | Promise<void>> {
  readonly closeIntake: () => void;
}

/** How a shutdown went. */
export interface ShutdownReport {
  readonly reason: string;
  /** Milliseconds from the request to the end. */
  readonly elapsed: number;
  /** The phases that did not finish in their time. */
  readonly overran: readonly ShutdownPhase[];
  /** What went wrong on the way, by phase. */
  readonly errors: readonly { readonly phase: ShutdownPhase; readonly error: unknown }[];
}

/** The part of what is left of the deadline that each phase may take. */
const SHARE: Record<ShutdownPhase, number> = {
  draining: 0.6,
  aborting: 0.5,
  terminating: 0.7,
  closing: 1,
};

/** Performs `machines/shutdown.ts`. */
export class Shutdown {
  readonly #clock: Clock;
  readonly #tasks: ShutdownTasks;
  readonly #actor: Actor<typeof shutdownMachine>;
  readonly #overran: ShutdownPhase[] = [];
  readonly #errors: { phase: ShutdownPhase; error: unknown }[] = [];
  readonly #ended: Promise<void>;
  #report: Promise<ShutdownReport> | undefined;
  #deadline = 0;

  constructor(clock: Clock, tasks: ShutdownTasks) {
    this.#clock = clock;
    this.#tasks = tasks;
    let end: () => void = () => {};
    this.#ended = new Promise((resolve) => {
      end = resolve;
    });
    const performer: ShutdownPerformer = {
      closeIntake: () => this.#tasks.closeIntake(),
      begin: (phase) => void this.#begin(phase),
      overran: (phase) => this.#overran.push(phase),
      allowance: (phase) => Math.max(0, (this.#deadline - clock.now()) * SHARE[phase]),
      stopped: () => end(),
    };
    const onError = (error: unknown) => {
      this.#errors.push({ phase: 'closing', error });
      end();
    };
    this.#actor = rootActor(shutdownMachine, {
      id: 'shutdown',
      input: { performer },
      clock,
      onError,
    });
    this.#actor.start();
  }

  /** The state of the chart. */
  get status(): string {
    return String(this.#actor.getSnapshot().value);
  }

  /**
   * Begins, or joins the one that is under way: then its reason and deadline stay.
   *
   * @param timeout milliseconds for all phases together, from this call
   */
  begin(reason: string, timeout: number): Promise<ShutdownReport> {
    this.#report ??= this.#run(reason, timeout);
    return this.#report;
  }

  async #run(reason: string, timeout: number): Promise<ShutdownReport> {
    const started = this.#clock.now();
    this.#deadline = started + timeout;
    this.#actor.send({ type: 'SHUTDOWN' });
    await this.#ended;
    const elapsed = this.#clock.now() - started;
    return { reason, elapsed, overran: this.#overran, errors: this.#errors };
  }

  async #begin(phase: ShutdownPhase): Promise<void> {
    try {
      await this.#tasks[phase]();
    } catch (error) {
      this.#errors.push({ phase, error });
    }
    // A phase that was overtaken must not end the next one.
    if (this.status === phase) this.#actor.send({ type: 'PHASE_DONE' });
  }
}
