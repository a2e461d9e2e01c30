import type { Actor } from 'xstate';
import { healthMachine } from '../machines/health.ts';
import {
  describe,
  exitReasonOf,
  type HealthCheck,
  type HealthEntry,
  type HealthKind,
  type HealthResponse,
  type HealthService,
  type HealthState,
  invalidOption,
  type ResolvedHealthCheck,
  resolveHealthCheck,
  SHUTDOWN,
  TroupeError,
  worstOf,
} from '../src/model/index.ts';
import type { Clock, EventSink, Logger, Vitals } from '../src/ports/index.ts';
import { rootActor } from '../src/statechart/index.ts';
import type { StartChild } from './child.ts';
import { HealthCheckRun } from './health-check.ts';

/** How far a runtime is. */
export type RuntimePhase = 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

export interface HealthMonitorOptions {
  readonly service: HealthService;
  /** Those that are there from the start. */
  readonly checks: readonly ResolvedHealthCheck[];
  readonly phase: () => RuntimePhase;
  /** What is measured as long as the health is watched. */
  readonly vitals?: Pick<Vitals, 'start' | 'stop'> | undefined;
  readonly clock: Clock;
  readonly sink: EventSink;
  readonly logger: Logger;
}

/** What a question is about; one that is ready must be alive, too. */
const COVERED: Readonly<Record<HealthKind, readonly HealthKind[]>> = {
  liveness: ['liveness'],
  readiness: ['liveness', 'readiness'],
  startup: ['startup'],
};

/**
 * Performs `machines/health.ts`, as a child of a supervisor: runs the checks, each as an actor of
 * its own, and says how the runtime does. The checks outlast its restarts, their results do not.
 *
 * It is a system of its own, as its timers must not keep the process alive.
 */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #checks = new Map<string, ResolvedHealthCheck>();
  readonly #runs = new Map<string, HealthCheckRun>();
  #actor: Actor<typeof healthMachine> | undefined;
  #state: HealthState = 'starting';
  #isUp = false;
  /** It has left `starting` once: that is never taken back. */
  #hasStarted = false;

  /** @throws TroupeError `DuplicateId` */
  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    for (const check of options.checks) this.#register(check);
  }

  get state(): HealthState {
    return this.#state;
  }

  /**
   * Adds a check, which runs at once. It counts towards the state from its first result on.
   *
   * @returns to dispose of it ends the check
   * @throws TroupeError `InvalidOption`, `DuplicateId`, `InvalidState` for a startup check once the
   *   startup is over
   */
  add(partial: HealthCheck): Disposable {
    const check = resolveHealthCheck(partial);
    if (check.kind === 'startup' && this.#hasStarted) {
      const message = `health check ${describe(check.name)}: the startup is over`;
      throw new TroupeError('InvalidState', message, { details: { status: this.#state } });
    }
    this.#register(check);
    this.#actor?.send({ type: 'CHECK_ADDED', name: check.name });
    this.#run(check);
    return { [Symbol.dispose]: () => this.#remove(check) };
  }

  /** The runtime has come up. */
  started(): void {
    this.#isUp = true;
    this.#actor?.send({ type: 'STARTED' });
  }

  /** What is known, about one kind of question or about all of it. */
  respond(kind?: HealthKind): HealthResponse {
    const entries: [string, readonly HealthEntry[]][] = [['runtime:state', [this.#own(kind)]]];
    for (const [name, run] of this.#runs) {
      if (covers(kind, run.check.kind)) entries.push([name, run.entries()]);
    }
    // Unlike an assignment, this makes a field of any name, `__proto__` included.
    const checks = Object.fromEntries(entries);
    const status = worstOf(Object.values(checks).flatMap((all) => all.map((one) => one.status)));
    return { status, ...this.#options.service, checks };
  }

  /** Makes its next life, as a child of a supervisor. */
  readonly start: StartChild = ({ exited }) => {
    const end = () => {
      if (this.#actor !== actor) return;
      this.#halt();
      exited(SHUTDOWN);
    };
    const actor = rootActor(healthMachine, {
      id: 'health',
      input: {
        performer: { changed: (state, troubled) => this.#changed(state, troubled) },
        started: this.#isUp,
        checks: [...this.#checks.keys()],
      },
      clock: inBackground(this.#options.clock),
      onError: (error) => {
        if (this.#actor !== actor) return;
        this.#halt();
        exited(exitReasonOf(error));
      },
    });
    this.#actor = actor;
    this.#options.vitals?.start();
    actor.start();
    for (const check of this.#checks.values()) this.#run(check);
    return { stop: end, kill: end, status: () => this.#state };
  };

  #halt(): void {
    const actor = this.#actor;
    this.#actor = undefined;
    for (const run of this.#runs.values()) run.stop();
    this.#runs.clear();
    this.#options.vitals?.stop();
    actor?.stop();
  }

  #register(check: ResolvedHealthCheck): void {
    const { name } = check;
    if (name === 'runtime:state') throw invalidOption('name', 'another: this is our own', name);
    if (this.#checks.has(name)) {
      const message = `there already is a health check ${describe(name)}`;
      throw new TroupeError('DuplicateId', message, { details: { check: name } });
    }
    this.#checks.set(name, check);
  }

  #run(check: ResolvedHealthCheck): void {
    const actor = this.#actor;
    if (actor === undefined) return;
    const { name } = check;
    const run = new HealthCheckRun(check, {
      parent: actor,
      clock: this.#options.clock,
      report: ({ status }) => actor.send({ type: 'CHECK_REPORTED', name, status }),
    });
    this.#runs.set(name, run);
  }

  #remove(check: ResolvedHealthCheck): void {
    const { name } = check;
    // Another may have its name by now.
    if (this.#checks.get(name) !== check) return;
    this.#checks.delete(name);
    this.#runs.get(name)?.stop();
    this.#runs.delete(name);
    this.#actor?.send({ type: 'CHECK_REMOVED', name });
  }

  #changed(to: HealthState, checks: readonly string[]): void {
    const from = this.#state;
    this.#hasStarted = true;
    if (to === from) return;
    this.#state = to;
    const { clock, sink, logger } = this.#options;
    sink.publish({ type: 'health.changed', from, to, checks, time: clock.wallTime() });
    if (to === 'healthy') logger.debug({ from }, 'health: healthy');
    else logger.warn({ from, checks }, `health: ${to}`);
  }

  /** What the runtime itself says to a question. */
  #own(kind: HealthKind | undefined): HealthEntry {
    const phase = this.#options.phase();
    const base = { componentType: 'component', observedValue: phase } as const;
    if (kind === 'startup') {
      if (this.#hasStarted) return { ...base, status: 'pass' };
      return { ...base, status: 'fail', output: this.#awaited() };
    }
    const isWell = kind === 'liveness' ? phase !== 'failed' : phase === 'running';
    return { ...base, status: isWell ? 'pass' : 'fail', ...(!isWell && { output: phase }) };
  }

  #awaited(): string {
    const statuses = this.#actor?.getSnapshot().context.checks;
    const missing = [...(statuses ?? [])].filter(([, status]) => status === undefined);
    if (!this.#isUp || missing.length === 0) return 'the runtime has not come up';
    return `waiting for ${missing.map(([name]) => name).join(', ')}`;
  }
}

function covers(kind: HealthKind | undefined, other: HealthKind): boolean {
  return kind === undefined || COVERED[kind].includes(other);
}

/** The same time, on timers that keep no process alive. */
function inBackground(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    setTimeout: (fn, ms) => {
      const handle = clock.setTimeout(fn, ms);
      clock.unref?.(handle);
      return handle;
    },
    clearTimeout: (handle) => clock.clearTimeout(handle),
  };
}
