/** The task module: what the worker threads run. Every function exported here is a task. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TaskContext } from 'troupe';
import { type Batch, makeBatches } from './batches.ts';
import { type Finding, inspectFile } from './inspect.ts';
import { buildReport, type Report, type ReportInput } from './report.ts';
import { type Tree, treeOf } from './tree.ts';
import { resolveRoot, walk } from './walk.ts';

export interface AuditInput {
  /** The folder to audit. */
  readonly root: string;
  /**
   * How many rows the report's lists of files have: the largest, and the most wasteful duplicates.
   * @default 20
   */
  readonly top?: number;
}

export interface Listing {
  readonly tree: Tree;
  readonly batches: readonly Batch[];
}

/** Lists the regular files of a folder in batches, the biggest first. */
export async function list(input: AuditInput, ctx: TaskContext): Promise<Listing> {
  const root = resolveRoot(input.root);
  const found = await walk(root, ctx.signal);
  const tree = treeOf(root, found);
  const batches = makeBatches(root, found.files);
  ctx.log.info({ root, files: tree.files, batches: batches.length }, 'listed');
  return { tree, batches };
}

/** Measures each file of a batch; what can't be read is a finding with a reason, not a failure. */
export async function inspect(batch: Batch, ctx: TaskContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const path of batch.paths) {
    // To read and compress a small file blocks: the turn in between lets an abort arrive.
    await nextTurn();
    ctx.signal.throwIfAborted();
    findings.push(await inspectFile(batch.root, path, ctx.signal));
  }
  return findings;
}

/** Reduces the findings to the report. */
export function report(input: ReportInput): Report {
  return buildReport(input);
}
