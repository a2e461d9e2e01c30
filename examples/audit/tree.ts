import { folderOf, placeOf } from './package-root.ts';
import type { Skipped } from './skipped.ts';
import type { Walk } from './walk.ts';

/** What is known of the audited folder once it is listed. */
export interface Tree {
  /** Absolute, free of symbolic links. */
  readonly root: string;
  /** Regular files, and their sizes as listed. */
  readonly files: number;
  readonly bytes: number;
  readonly directories: number;
  readonly symlinks: number;
  /** Folders that are packages by their place, whatever their package.json says. */
  readonly packages: readonly string[];
  readonly skipped: readonly Skipped[];
}

export function treeOf(root: string, { files, directories, symlinks, skipped }: Walk): Tree {
  return {
    root,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    directories,
    symlinks,
    packages: files
      .filter(({ path }) => isManifest(path))
      .map(({ path }) => folderOf(path))
      .filter((dir) => placeOf(root, dir) === 'package')
      .sort(),
    skipped: skipped.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** The tree of an audit that was stopped before its files were listed. */
export function unlistedTree(root: string): Tree {
  return { root, files: 0, bytes: 0, directories: 0, symlinks: 0, packages: [], skipped: [] };
}

export function isManifest(path: string): boolean {
  return path === 'package.json' || path.endsWith('/package.json');
}
