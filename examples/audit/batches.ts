import type { FoundFile } from './walk.ts';

/** What one task inspects. */
export interface Batch {
  /** The audited folder: absolute, free of symbolic links. */
  readonly root: string;
  /** Relative to `root`. */
  readonly paths: readonly string[];
  /** The files' sizes when they were listed. */
  readonly bytes: number;
}

const MAX_FILES = 32;
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * Cuts files into batches of at most 32 files and 2 MiB; a bigger file makes a batch of its own.
 *
 * The biggest come first (longest processing time first), so that the threads end nearly together
 * and none starts on a giant while the others have gone idle.
 */
export function makeBatches(root: string, files: readonly FoundFile[]): Batch[] {
  const batches: Batch[] = [];
  let paths: string[] = [];
  let bytes = 0;
  const cut = () => {
    if (paths.length > 0) batches.push({ root, paths, bytes });
    paths = [];
    bytes = 0;
  };
  for (const file of files.toSorted(bySizeThenPath)) {
    if (paths.length === MAX_FILES || bytes + file.size > MAX_BYTES) cut();
    paths.push(file.path);
    bytes += file.size;
  }
  cut();
  return batches;
}

function bySizeThenPath(a: FoundFile, b: FoundFile): number {
  return b.size - a.size || (a.path < b.path ? -1 : 1);
}
