import type { ExecutionEvent } from 'troupe';
import type { AuditInput, Listing } from './files.ts';
import type { Finding } from './inspect.ts';
import { buildReport, type Report } from './report.ts';
import { unlistedTree } from './tree.ts';

/** How far an audit has come. */
export interface Advance {
  /** False until the files are listed; the totals are 0 until then. */
  readonly listed: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly totalFiles: number;
  readonly totalBytes: number;
}

/** What an execution of the audit has given so far, taken from its events. */
export interface Collection {
  /** Returns true if the event brought the audit forward. */
  take(event: ExecutionEvent): boolean;
  advance(): Advance;
  /** The report over the batches that have come in. */
  partialReport(): Report;
}

export function createCollection(input: AuditInput): Collection {
  let listing: Listing | undefined;
  const findings: Finding[][] = [];
  let files = 0;
  let bytes = 0;
  return {
    take(event) {
      if (event.type === 'step.completed' && event.step === 'list') {
        listing = event.output as Listing;
        return true;
      }
      if (event.type !== 'item.completed') return false;
      const batch = event.output as Finding[];
      findings.push(batch);
      files += batch.length;
      bytes += listing?.batches[event.index]?.bytes ?? 0;
      return true;
    },
    advance: () => ({
      listed: listing !== undefined,
      files,
      bytes,
      totalFiles: listing?.tree.files ?? 0,
      totalBytes: listing?.tree.bytes ?? 0,
    }),
    partialReport: () =>
      buildReport({
        tree: listing?.tree ?? unlistedTree(input.root),
        findings,
        partial: true,
        ...(input.top !== undefined && { top: input.top }),
      }),
  };
}
