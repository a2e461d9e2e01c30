import { groupBy } from './group-by.ts';
import type { FileFinding } from './inspect.ts';

/** Files of the same content. */
export interface DuplicateGroup {
  readonly sha256: string;
  /** Bytes of one copy. */
  readonly bytes: number;
  /** Copies on the disk: the names of one file (hard links) count once. */
  readonly copies: number;
  /** What would be saved if only one copy was kept. */
  readonly wasted: number;
  readonly paths: readonly string[];
}

/** Groups of equal files that waste space, the most wasteful first. Empty files waste none. */
export function findDuplicates(files: readonly FileFinding[]): DuplicateGroup[] {
  const byHash = groupBy(
    files.filter((file) => file.size > 0),
    (file) => file.sha256,
  );
  return [...byHash.values()]
    .filter((equal) => equal.length > 1)
    .map(groupOf)
    .filter((group) => group.copies > 1)
    .sort((a, b) => b.wasted - a.wasted || (a.sha256 < b.sha256 ? -1 : 1));
}

function groupOf(equal: readonly FileFinding[]): DuplicateGroup {
  const copies = new Set(equal.map((file) => file.inode ?? file.path)).size;
  const { sha256 = '', size = 0 } = equal[0] ?? {};
  const paths = equal.map((file) => file.path).sort();
  return { sha256, bytes: size, copies, wasted: size * (copies - 1), paths };
}
