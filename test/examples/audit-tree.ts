import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TaskContext } from 'troupe';

/** A folder of its own for one test, removed with it. */
export interface TestTree extends Disposable {
  readonly root: string;
  path(relative: string): string;
}

/** @param files contents by relative path; an object is written as JSON */
export function createTree(files: Readonly<Record<string, string | Buffer | object>>): TestTree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-audit-')));
  chmodSync(root, 0o755);
  const path = (relative: string) => join(root, relative);
  for (const [relative, content] of Object.entries(files)) {
    mkdirSync(dirname(path(relative)), { recursive: true });
    const raw = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(path(relative), raw ? content : JSON.stringify(content));
  }
  return {
    root,
    path,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

export function makeFifo(path: string): void {
  execFileSync('mkfifo', [path]);
}

/** What a worker gives to a task, as far as the audit's tasks use it. */
export function taskContext(signal: AbortSignal = new AbortController().signal): TaskContext {
  return { signal, progress: () => {}, log: { info: () => {} } } as unknown as TaskContext;
}

/** Permissions mean nothing to root: runs `act` as a user whom they bind. */
export async function asOrdinaryUser<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid?.(65534);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}
