import type { Runtime } from 'troupe';
import { type Advance, createCollection } from './collection.ts';
import type { AuditInput } from './files.ts';
import { audit } from './pipeline.ts';
import type { Report } from './report.ts';

export interface RunOptions {
  /** Stops the audit: what it has found by then becomes a partial report. */
  readonly interrupt: AbortSignal;
  /** Called when the files are listed and whenever a batch has been inspected. */
  readonly onAdvance: (advance: Advance) => void;
}

/**
 * One audit from start to report.
 *
 * @returns the report; partial if `interrupt` came before the end
 * @throws what made the execution fail
 */
export async function runAudit(
  runtime: Runtime,
  input: AuditInput,
  { interrupt, onAdvance }: RunOptions,
): Promise<Report> {
  const collection = createCollection(input);
  const execution = await runtime.start(audit, input);
  // What `cancel` could reject with, `result` says as well.
  const cancel = () => void execution.cancel('interrupted').catch(() => {});
  interrupt.addEventListener('abort', cancel, { once: true });
  if (interrupt.aborted) cancel();
  try {
    for await (const event of execution.events()) {
      if (collection.take(event)) onAdvance(collection.advance());
    }
    return await execution.result();
  } catch (error) {
    if (interrupt.aborted) return collection.partialReport();
    throw error;
  } finally {
    interrupt.removeEventListener('abort', cancel);
  }
}
