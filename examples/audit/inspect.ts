import { closeSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { type PackageFacts, readPackage } from './manifest.ts';
import {
  type Measurement,
  measureContent,
  measureStream,
  openFile,
  readUpTo,
  WHOLE_FILE_BYTES,
} from './measure.ts';
import { folderOf } from './package-root.ts';
import { reasonOf, type Skipped } from './skipped.ts';
import { isManifest } from './tree.ts';

export interface FileFinding extends Measurement {
  /** Relative to the audited folder. */
  readonly path: string;
  /** There for a package.json that makes its folder a package. */
  readonly package?: PackageFacts;
  /** There for a file with several names (hard links): the same text for all of them. */
  readonly inode?: string;
}

/** What became of one listed file. */
export type Finding = FileFinding | Skipped;

export function isSkipped(finding: Finding): finding is Skipped {
  return 'reason' in finding;
}

/** Never rejects for what is wrong with the file: only when `signal` aborts. */
export async function inspectFile(
  root: string,
  path: string,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    const { fd, stats } = openFile(join(root, path));
    try {
      return { path, ...linked(stats), ...(await measure(root, path, fd, stats.size, signal)) };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    signal.throwIfAborted();
    return { path, reason: reasonOf(error) };
  }
}

async function measure(
  root: string,
  path: string,
  fd: number,
  size: number,
  signal: AbortSignal,
): Promise<Measurement & { package?: PackageFacts }> {
  if (size > WHOLE_FILE_BYTES) return measureStream(fd, size, signal);
  const content = readUpTo(fd, size);
  const measurement = measureContent(content);
  const found = isManifest(path) ? readPackage(root, folderOf(path), content) : undefined;
  return found === undefined ? measurement : { ...measurement, package: found };
}

function linked(stats: Stats): { inode?: string } {
  return stats.nlink > 1 ? { inode: `${stats.dev}:${stats.ino}` } : {};
}
