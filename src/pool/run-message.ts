import { HostKind, RunFlag, type RunMessage } from '../ipc/index.ts';
import type { JobRecord } from './job-record.ts';
import type { KnownTask } from './task-table.ts';

/** What a session is told that is to run a job; its record has the number already. */
export function runMessage({ job, number, timer }: JobRecord, task: KnownTask): RunMessage {
  const announces = job.timeout > 0 || task.timeout > 0 || timer !== undefined;
  const flags = (announces ? RunFlag.announce : 0) | (job.isStream ? RunFlag.stream : 0);
  const info = task.takesContext ? job.info : undefined;
  return info === undefined
    ? [HostKind.run, number, task.index, job.input, flags]
    : [HostKind.run, number, task.index, job.input, flags, info];
}
