import { type DuplicateGroup, findDuplicates } from './duplicates.ts';
import { type FileFinding, type Finding, isSkipped } from './inspect.ts';
import { groupByPackage, type LicenceRow, type PackageRow, sumByLicence } from './packages.ts';
import type { Skipped } from './skipped.ts';
import type { Tree } from './tree.ts';

export interface ReportInput {
  readonly tree: Tree;
  /** One list for each batch that was inspected. */
  readonly findings: readonly (readonly Finding[])[];
  /** Rows of the lists of files. @default 20 */
  readonly top?: number;
  /** True if the audit was stopped before it had inspected every file. @default false */
  readonly partial?: boolean;
}

export interface LargeFile {
  readonly path: string;
  readonly bytes: number;
  readonly gzip: number;
  readonly lines: number | null;
}

export interface Totals {
  /** Files measured, and what they add up to. */
  readonly files: number;
  readonly bytes: number;
  readonly gzip: number;
  /** Of text files. */
  readonly lines: number;
  readonly binaryFiles: number;
  readonly emptyFiles: number;
  readonly packages: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly skipped: number;
  readonly duplicateGroups: number;
  readonly wastedBytes: number;
}

export interface Report {
  readonly root: string;
  readonly partial: boolean;
  /** Files that were looked at, skipped ones included, of those listed. */
  readonly coverage: { readonly inspected: number; readonly listed: number };
  readonly totals: Totals;
  /** Every package, the biggest first; each file counts for the nearest package around it. */
  readonly packages: readonly PackageRow[];
  readonly licences: readonly LicenceRow[];
  /** The `top` largest files. */
  readonly largest: readonly LargeFile[];
  /** The `top` groups of equal files that waste most. */
  readonly duplicates: readonly DuplicateGroup[];
  readonly skipped: readonly Skipped[];
  /** Packages whose package.json is not as it should be. */
  readonly problems: readonly Skipped[];
}

export const DEFAULT_TOP = 20;

/** Pure: the `report` task and an interrupted audit make their reports alike. */
export function buildReport(input: ReportInput): Report {
  const { tree, partial = false, top = DEFAULT_TOP } = input;
  const findings = input.findings.flat();
  const files = findings.filter((finding): finding is FileFinding => !isSkipped(finding));
  const unread = findings.filter(isSkipped);
  const packages = groupByPackage(tree, files, partial);
  const duplicates = findDuplicates(files);
  const skipped = [...tree.skipped, ...unread];
  const sum = (of: (file: FileFinding) => number) => files.reduce((all, file) => all + of(file), 0);
  return {
    root: tree.root,
    partial,
    coverage: { inspected: findings.length, listed: tree.files },
    totals: {
      files: files.length,
      bytes: sum((file) => file.size),
      gzip: sum((file) => file.gzip),
      lines: sum((file) => file.lines ?? 0),
      binaryFiles: sum((file) => (file.lines === null ? 1 : 0)),
      emptyFiles: sum((file) => (file.size === 0 ? 1 : 0)),
      packages: packages.length,
      directories: tree.directories,
      symlinks: tree.symlinks,
      skipped: skipped.length,
      duplicateGroups: duplicates.length,
      wastedBytes: duplicates.reduce((all, group) => all + group.wasted, 0),
    },
    packages,
    licences: sumByLicence(packages),
    largest: largestOf(files, top),
    duplicates: duplicates.slice(0, top),
    skipped,
    problems: problemsOf(files),
  };
}

function largestOf(files: readonly FileFinding[], top: number): LargeFile[] {
  return files
    .toSorted((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))
    .slice(0, top)
    .map(({ path, size, gzip, lines }) => ({ path, bytes: size, gzip, lines }));
}

function problemsOf(files: readonly FileFinding[]): Skipped[] {
  return files.flatMap(({ path, package: facts }) =>
    facts?.problem === undefined ? [] : [{ path, reason: facts.problem }],
  );
}
