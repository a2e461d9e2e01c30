import { basename } from 'node:path';

/**
 * What a folder's package.json makes of the folder. Within `node_modules` the place decides:
 * `node_modules/name` and `node_modules/@scope/name` are packages, also nested ones and those in
 * the store of pnpm, and a package.json deeper inside a package (such as `dist/esm/package.json`)
 * is a detail of it. Elsewhere, as in a workspace, a name makes a package.
 */
export type PackagePlace = 'package' | 'package-if-named' | 'inside';

/** @param dir relative to `root`; '' is the root itself, which is always a package's place */
export function placeOf(root: string, dir: string): PackagePlace {
  if (dir === '') return 'package';
  const below = belowNodeModules(root, dir);
  if (below === undefined) return 'package-if-named';
  const [first, second, ...deeper] = below;
  if (first === undefined || deeper.length > 0) return 'inside';
  return first.startsWith('@') === (second !== undefined) ? 'package' : 'inside';
}

/** The name that a folder's place gives to a package that has none of its own. */
export function nameByPlace(root: string, dir: string): string {
  const below = belowNodeModules(root, dir);
  if (below !== undefined && below.length > 0) return below.join('/');
  return basename(dir === '' ? root : dir);
}

/** The relative folder that a relative path is in; '' at the top. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** Folder names after the last `node_modules`; undefined outside of any. */
function belowNodeModules(root: string, dir: string): string[] | undefined {
  const names = `${root}/${dir}`.split(/[\\/]/).filter((name) => name !== '');
  const last = names.lastIndexOf('node_modules');
  return last === -1 ? undefined : names.slice(last + 1);
}
