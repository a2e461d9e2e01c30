/** Why a thing in the tree was not inspected: a sentence a person can act on. */
export interface Skipped {
  /** Relative to the audited folder, with `/`; '.' is the folder itself. */
  readonly path: string;
  readonly reason: string;
}

/** What `Stats` and `Dirent` have in common. */
interface Entry {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}

const KINDS = [
  ['file', (entry: Entry) => entry.isFile()],
  ['directory', (entry: Entry) => entry.isDirectory()],
  ['symbolic link', (entry: Entry) => entry.isSymbolicLink()],
  ['fifo', (entry: Entry) => entry.isFIFO()],
  ['socket', (entry: Entry) => entry.isSocket()],
  ['block device', (entry: Entry) => entry.isBlockDevice()],
  ['character device', (entry: Entry) => entry.isCharacterDevice()],
] as const;

/** One of the seven kinds of things in a file system, or 'unknown'. */
export type EntryKind = (typeof KINDS)[number][0] | 'unknown';

export function kindOf(entry: Entry): EntryKind {
  return KINDS.find(([, is]) => is(entry))?.[0] ?? 'unknown';
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'vanished during the audit',
  ENOTDIR: 'vanished during the audit',
  ELOOP: 'symbolic link loop',
  ENAMETOOLONG: 'path is too long',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  EIO: 'input/output error',
};

/** The reason behind a failed file-system call; the error's own words where there are no better. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? error.message;
}
