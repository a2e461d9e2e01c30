import { type TaskMessage, WorkerKind } from '../ipc/index.ts';
import type { Logger } from '../ports/index.ts';
import type { JobRecord } from './job-record.ts';

/**
 * Tells whoever waits for a job what its task says while it runs.
 * @param record undefined when nobody waits any more: then only what it logs is told
 */
export function hearTask(
  message: Exclude<TaskMessage, readonly [typeof WorkerKind.started, ...unknown[]]>,
  record: JobRecord | undefined,
  logger: Logger,
): void {
  const job = record?.job;
  switch (message[0]) {
    case WorkerKind.progress:
      job?.progressed(message[2]);
      break;
    case WorkerKind.emit:
      job?.emitted?.(message[2], message[3]);
      break;
    case WorkerKind.chunk:
      job?.yielded?.(message[2]);
      break;
    case WorkerKind.taken:
      record?.talk?.taken(message[2]);
      break;
    case WorkerKind.log: {
      const fields = { execution: job?.executionId, task: job?.task.id, ...message[3] };
      logger[message[2]](fields, message[4]);
      break;
    }
    default:
      message satisfies never;
  }
}
