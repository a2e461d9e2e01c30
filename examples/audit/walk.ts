import {
  accessSync,
  constants,
  type Dirent,
  lstatSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { kindOf, reasonOf, type Skipped } from './skipped.ts';

export interface FoundFile {
  /** Relative to the audited folder, with `/`. */
  readonly path: string;
  readonly size: number;
}

export interface Walk {
  readonly files: FoundFile[];
  /** With the audited folder itself. */
  directories: number;
  /** Those that lead somewhere; none is followed. */
  symlinks: number;
  readonly skipped: Skipped[];
}

/**
 * The folder to audit as an absolute path free of symbolic links.
 *
 * @throws Error with one clear line, if it is missing, is no folder or can't be read
 */
export function resolveRoot(root: string): string {
  try {
    const real = realpathSync(root);
    if (!statSync(real).isDirectory()) throw new Error('not a folder');
    accessSync(real, constants.R_OK | constants.X_OK);
    return real;
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new Error(`cannot audit ${root}: ${missing ? 'no such folder' : reasonOf(error)}`);
  }
}

/**
 * Every regular file below `root`, which must be what `resolveRoot` gave. Symbolic links are
 * counted and never followed, so that a loop of them can't trap the walk; nothing is opened.
 */
export async function walk(root: string, signal: AbortSignal): Promise<Walk> {
  const found: Walk = { files: [], directories: 0, symlinks: 0, skipped: [] };
  const pending = [''];
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    // The calls below block: the turn in between lets an abort arrive.
    await nextTurn();
    signal.throwIfAborted();
    visit(root, dir, found, pending);
  }
  return found;
}

function visit(root: string, dir: string, found: Walk, pending: string[]): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(root, dir), { withFileTypes: true });
  } catch (error) {
    found.skipped.push({ path: dir || '.', reason: reasonOf(error) });
    return;
  }
  found.directories += 1;
  for (const entry of entries) {
    const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
    try {
      classify(root, path, entry, found, pending);
    } catch (error) {
      found.skipped.push({ path, reason: unnameable(entry.name) ?? reasonOf(error) });
    }
  }
}

function classify(root: string, path: string, entry: Dirent, found: Walk, pending: string[]): void {
  const kind = kindOf(entry);
  if (kind === 'directory') pending.push(path);
  else if (kind === 'file') found.files.push({ path, size: lstatSync(join(root, path)).size });
  else if (kind !== 'symbolic link') found.skipped.push({ path, reason: kind });
  else if (leadsSomewhere(join(root, path))) found.symlinks += 1;
  else found.skipped.push({ path, reason: 'broken symbolic link' });
}

/** @throws the error of `stat` for anything but a missing target, such as a loop */
function leadsSomewhere(link: string): boolean {
  return statSync(link, { throwIfNoEntry: false }) !== undefined;
}

/** Bytes that are no UTF-8 were replaced in the name, so that no call can find the file by it. */
function unnameable(name: string): string | undefined {
  return name.includes('\uFFFD') ? 'name is not valid UTF-8' : undefined;
}
