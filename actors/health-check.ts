import type { Actor, AnyActorRef } from 'xstate';
import { type HealthCheckPerformer, healthCheckMachine } from '../machines/health-check.ts';
import {
  type HealthEntry,
  type HealthReading,
  type HealthStanding,
  type HealthStatus,
  isThenable,
  type ResolvedHealthCheck,
  readingsOf,
  thrownReading,
  worseOf,
  worstOf,
} from '../src/model/index.ts';
import type { Clock } from '../src/ports/index.ts';
import { spawnActor, stopActor } from '../src/statechart/index.ts';

export interface HealthCheckHost {
  readonly parent: AnyActorRef;
  readonly clock: Clock;
  /** The check found something. */
  readonly report: (standing: HealthStanding) => void;
}

/** Why a check that has just passed still fails. */
const UNPROVEN = 'it failed before, and has yet to prove that it is well';

/** Performs `machines/health-check.ts`: calls the check, and keeps what it found. */
export class HealthCheckRun {
  readonly check: ResolvedHealthCheck;
  readonly #clock: Clock;
  readonly #actor: Actor<typeof healthCheckMachine>;
  #controller: AbortController | undefined;

  constructor(check: ResolvedHealthCheck, { parent, clock, report }: HealthCheckHost) {
    this.check = check;
    this.#clock = clock;
    const performer: HealthCheckPerformer = {
      run: () => this.#run(),
      abort: () => this.#abort(`the check took longer than ${check.timeout} ms`),
      report,
      now: () => clock.now(),
    };
    const input = { performer, check };
    this.#actor = spawnActor(healthCheckMachine, { parent, id: check.name, input });
    this.#actor.start();
  }

  /** The state of the chart. */
  get status(): string {
    return String(this.#actor.getSnapshot().value);
  }

  /** What is known now: the last result, with its age. */
  entries(): readonly HealthEntry[] {
    const { standing, result } = this.#actor.getSnapshot().context;
    const { componentType, maxAge } = this.check;
    if (result === undefined) {
      const { status } = standing;
      return [{ componentType, status, ...outputOf(status, 'not checked yet') }];
    }
    const age = this.#clock.now() - result.at;
    // A startup check that is over need not be looked at again.
    const isOld = age > maxAge && this.status !== 'over';
    const time = new Date(this.#clock.wallTime() - age).toISOString();
    const found = worstOf(result.readings.map(({ status = 'pass' }) => status));
    return result.readings.map(({ status: own = 'pass', output: told, ...observed }) => {
      const confirmed = confirmedStatus(own, found, standing.status);
      const status = isOld ? worseOf(confirmed, 'warn') : confirmed;
      const doubt = isOld ? `the result is ${Math.round(age)} ms old` : UNPROVEN;
      const output = own === 'pass' ? doubt : told;
      return { componentType, ...observed, status, time, ...outputOf(status, output) };
    });
  }

  stop(): void {
    stopActor(this.#actor);
    this.#abort('the check was stopped');
  }

  #abort(reason: string): void {
    this.#controller?.abort(new Error(reason));
    this.#controller = undefined;
  }

  #run(): void {
    const controller = new AbortController();
    this.#controller = controller;
    const fail = (error: unknown) => this.#settle([thrownReading(error)]);
    try {
      const outcome = this.check.check({ signal: controller.signal });
      if (isThenable(outcome)) {
        Promise.resolve(outcome)
          .then((found) => this.#settle(readingsOf(found)))
          .catch(fail);
      } else this.#settle(readingsOf(outcome));
    } catch (error) {
      fail(error);
    }
  }

  #settle(readings: readonly HealthReading[]): void {
    // Too late for one that is stopped: it is dropped on the way.
    this.#actor.send({ type: 'SETTLED', readings });
  }
}

/**
 * A reading is as bad as it says, unless the check is not held for so bad yet; and as bad as the
 * check while that has not proven to be well again.
 */
function confirmedStatus(own: HealthStatus, found: HealthStatus, held: HealthStatus): HealthStatus {
  if (worseOf(found, held) !== found) return held;
  return worseOf(own, held) === held ? own : held;
}

/** The draft leaves the output out where there is nothing to mend. */
function outputOf(status: string, output: string | undefined): { output?: string } {
  return status === 'pass' || output === undefined ? {} : { output };
}
