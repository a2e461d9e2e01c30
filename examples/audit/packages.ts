import { basename } from 'node:path';
import { groupBy } from './group-by.ts';
import type { FileFinding } from './inspect.ts';
import { UNKNOWN } from './licence.ts';
import type { PackageFacts } from './manifest.ts';
import { folderOf, nameByPlace } from './package-root.ts';
import type { Tree } from './tree.ts';

export interface PackageRow {
  readonly name: string;
  readonly version?: string;
  /** Its folder; '.' is the audited one. */
  readonly path: string;
  readonly licence: string;
  /** Its own files, without those of packages nested in it. */
  readonly files: number;
  readonly bytes: number;
  readonly gzip: number;
}

export interface LicenceRow {
  readonly licence: string;
  readonly packages: number;
  readonly bytes: number;
}

/** The licence of a package whose package.json a stopped audit had not come to. */
export const NOT_INSPECTED = 'not inspected';

/** A row for each package, the biggest first. Files in no package have no row. */
export function groupByPackage(
  tree: Tree,
  files: readonly FileFinding[],
  partial: boolean,
): PackageRow[] {
  const roots = new Map<string, PackageFacts | undefined>();
  for (const dir of tree.packages) roots.set(dir, undefined);
  for (const { path, package: facts } of files) if (facts) roots.set(folderOf(path), facts);
  const owned = groupBy(files, ownerLookup(roots));
  return [...roots]
    .map(([dir, facts]): PackageRow => {
      const own = owned.get(dir) ?? [];
      return {
        name: facts?.name ?? nameByPlace(tree.root, dir),
        ...(facts?.version !== undefined && { version: facts.version }),
        path: dir || '.',
        licence: facts?.licence ?? (partial ? NOT_INSPECTED : UNKNOWN),
        files: own.length,
        bytes: own.reduce((sum, file) => sum + file.size, 0),
        gzip: own.reduce((sum, file) => sum + file.gzip, 0),
      };
    })
    .sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
}

/** The licence that most packages have comes first. */
export function sumByLicence(packages: readonly PackageRow[]): LicenceRow[] {
  return [...groupBy(packages, (row) => row.licence)]
    .map(([licence, rows]) => ({
      licence,
      packages: rows.length,
      bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
    }))
    .sort((a, b) => b.packages - a.packages || (a.licence < b.licence ? -1 : 1));
}

/** Gives the nearest package around a file; undefined for a file that is in none. */
function ownerLookup(
  roots: ReadonlyMap<string, unknown>,
): (file: FileFinding) => string | undefined {
  const owners = new Map<string, string | undefined>();
  const ownerOf = (dir: string): string | undefined => {
    if (owners.has(dir)) return owners.get(dir);
    const owner = roots.has(dir) ? dir : aboveOf(dir);
    owners.set(dir, owner);
    return owner;
  };
  // What lies loose in a node_modules folder belongs to the package manager, not to the package
  // around that folder.
  const aboveOf = (dir: string) =>
    dir === '' || basename(dir) === 'node_modules' ? undefined : ownerOf(folderOf(dir));
  return (file) => ownerOf(folderOf(file.path));
}
