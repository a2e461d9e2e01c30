import {
  type HealthCheck,
  type HealthReading,
  judge,
  messageOf,
  type ResolvedHealthCheck,
  type ResolvedHealthOptions,
  resolveHealthCheck,
  type Threshold,
} from '../model/index.ts';
import type { WorkerPool } from '../pool/index.ts';
import type { RestartBudget, Vitals } from '../ports/index.ts';
import type { AppendFailure } from './journal-watch.ts';

type Workers = Pick<WorkerPool, 'silences' | 'zombies'>;

/** What can be looked at; what is left out is not watched. */
export interface VitalSources {
  readonly vitals?: Vitals | undefined;
  readonly queue?: { readonly longestWait: number } | undefined;
  readonly workers?: Workers | undefined;
  readonly journal?: { readonly failure: AppendFailure | undefined } | undefined;
  readonly supervisors?: (() => Iterable<RestartBudget>) | undefined;
}

type Made = Pick<HealthCheck, 'name' | 'check'> & Partial<HealthCheck>;

/** The event loop is looked at over this many periods: a short burst of work is no fault. */
const UTILIZATION_PERIODS = 10;
/**
 * Milliseconds after which a failed append is a reason to look, no longer one to send work elsewhere:
 * nothing but work can tell whether the journal is well again.
 */
const TRUSTED_AGAIN_AFTER = 30_000;
/** A loop that was blocked once must not have the process replaced; one that is stuck must. */
const STUCK_AFTER = 3;

/** The checks of what every runtime depends on. */
export function vitalChecks(
  { vitals, queue, workers, journal, supervisors }: VitalSources,
  options: ResolvedHealthOptions,
): readonly ResolvedHealthCheck[] {
  const made: Made[] = [];
  if (vitals !== undefined) made.push(...processChecks(vitals, options));
  if (queue !== undefined) made.push(queueCheck(queue, options));
  if (workers !== undefined) made.push(workerCheck(workers, options));
  if (workers !== undefined) made.push(zombieCheck(workers, options));
  if (journal !== undefined) made.push(journalCheck(journal));
  if (supervisors !== undefined) made.push(supervisorCheck(supervisors, options));
  const { period } = options;
  // Each looks at once and is through: the timeout is never met.
  const base = { kind: 'readiness', period, timeout: period } as const;
  return made.map((check) => resolveHealthCheck({ ...base, ...check }));
}

function processChecks(vitals: Vitals, options: ResolvedHealthOptions): readonly Made[] {
  const { period, thresholds, memoryLimit } = options;
  const system = { componentType: 'system' } as const;
  return [
    {
      ...system,
      name: 'eventLoop:delay',
      kind: 'liveness',
      failureThreshold: STUCK_AFTER,
      check() {
        const delay = Math.round(vitals.eventLoopDelay());
        const output = `the event loop was blocked for ${delay} ms`;
        return judged(delay, 'ms', judge(delay, thresholds.eventLoopDelay), output);
      },
    },
    {
      ...system,
      name: 'eventLoop:utilization',
      period: period * UTILIZATION_PERIODS,
      check() {
        const busy = vitals.eventLoopUtilization();
        return share(busy, thresholds.eventLoopUtilization, 'the event loop is hardly ever idle');
      },
    },
    {
      ...system,
      name: 'memory:utilization',
      check() {
        const { rss, limit: found } = vitals.memory();
        const limit = memoryLimit ?? found;
        return share(rss / limit, thresholds.memory, `${mebibytes(rss)} of ${mebibytes(limit)}`);
      },
    },
    {
      ...system,
      name: 'heap:utilization',
      check() {
        const { used, limit } = vitals.heap();
        return share(used / limit, thresholds.heap, `${mebibytes(used)} of ${mebibytes(limit)}`);
      },
    },
  ];
}

function queueCheck(
  queue: { readonly longestWait: number },
  { thresholds }: ResolvedHealthOptions,
): Made {
  return {
    name: 'queue:age',
    check() {
      const age = Math.round(queue.longestWait);
      const output = `a task has waited for ${age} ms`;
      return judged(age, 'ms', judge(age, thresholds.queueAge), output);
    },
  };
}

function workerCheck(workers: Workers, { thresholds }: ResolvedHealthOptions): Made {
  return {
    name: 'workers:heartbeat',
    check: () =>
      Array.from(workers.silences, ({ worker, silence }) => {
        const age = Math.round(silence);
        const output = `its event loop has not turned for ${age} ms`;
        const reading = judged(age, 'ms', judge(age, thresholds.workerSilence), output);
        return { componentId: worker, ...reading };
      }),
  };
}

function zombieCheck(workers: Workers, { thresholds }: ResolvedHealthOptions): Made {
  let before = 0;
  return {
    name: 'workers:zombies',
    check() {
      const now = workers.zombies;
      // A thread takes a moment to end: what was not there at the last look is none yet.
      const zombies = Math.min(before, now);
      before = now;
      const output = `threads that were ended and live on, inside a native call: ${zombies}`;
      return judged(zombies, 'threads', judge(zombies, thresholds.zombies), output);
    },
  };
}

function journalCheck(journal: { readonly failure: AppendFailure | undefined }): Made {
  return {
    name: 'journal:append',
    componentType: 'datastore',
    check() {
      const { failure } = journal;
      if (failure === undefined) return;
      const age = Math.round(failure.age);
      const output = `the last append failed ${age} ms ago: ${messageOf(failure.error)}`;
      return judged(age, 'ms', age < TRUSTED_AGAIN_AFTER ? 'fail' : 'warn', output);
    },
  };
}

function supervisorCheck(
  supervisors: () => Iterable<RestartBudget>,
  { thresholds }: ResolvedHealthOptions,
): Made {
  return {
    name: 'supervisors:restartsLeft',
    check: () =>
      Array.from(supervisors(), ({ id, restartsLeft, intensity }) => {
        // One that bears no restart at all has nothing to spend.
        const spent = intensity === 0 ? 0 : 1 - restartsLeft / intensity;
        const output = `${restartsLeft} of ${intensity} restarts are left before it gives up`;
        const status = judge(spent, thresholds.restarts);
        return { componentId: id, ...judged(restartsLeft, 'restarts', status, output) };
      }),
  };
}

function share(value: number, threshold: Threshold, output: string): HealthReading {
  return judged(Math.round(value * 1_000) / 10, 'percent', judge(value, threshold), output);
}

function judged(
  observedValue: number,
  observedUnit: string,
  status: HealthReading['status'] & string,
  output: string,
): HealthReading {
  return { status, observedValue, observedUnit, output };
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
