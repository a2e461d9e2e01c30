import { hasStarted } from '../ipc/index.ts';
import type { ExitReason } from '../model/index.ts';
import { deathOf } from './exit-errors.ts';
import type { JobRecord } from './job-record.ts';

interface Death {
  readonly worker: string;
  readonly reason: ExitReason;
  /** The job that the session started last. */
  readonly startedLast: number;
}

/**
 * Parts the jobs of a worker that has died: those that had started share its fate, as do those that can
 * go nowhere else.
 *
 * @param lose is told of each of these
 * @returns those that go on elsewhere, in order
 */
export function partBuried(
  records: readonly JobRecord[],
  { worker, reason, startedLast }: Death,
  lose: (record: JobRecord, error: Error, hasBegun: boolean) => void,
): readonly JobRecord[] {
  const culprit = reason.kind === 'killed' ? records.find(({ overdue }) => overdue) : undefined;
  const fail = (record: JobRecord) => {
    const { taskId, number } = record;
    const hasBegun = hasStarted(number, startedLast);
    const other = record === culprit ? undefined : culprit?.taskId;
    lose(record, deathOf(taskId, worker, reason, { hasBegun, culprit: other }), hasBegun);
  };
  const [lost, untouched] = partition(
    records,
    ({ number, isGivenUp, isBound }) => isGivenUp || isBound || hasStarted(number, startedLast),
  );
  for (const record of lost) fail(record);
  // Whoever heard of that may have cancelled others.
  const [cancelled, rest] = partition(untouched, ({ isGivenUp }) => isGivenUp);
  for (const record of cancelled) fail(record);
  return rest;
}

function partition<T>(list: readonly T[], holds: (item: T) => boolean): [T[], T[]] {
  const those: T[] = [];
  const others: T[] = [];
  for (const item of list) (holds(item) ? those : others).push(item);
  return [those, others];
}
