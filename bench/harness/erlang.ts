/** Erlang as a peer: found where it is installed, skipped where it is not. */

import { accessSync, constants, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Contestant } from './scenario.ts';

/** A module of `peers/erlang/`, run by `erl` with these flags. */
export function erlang(name: string, module: string, flags: readonly string[]): Contestant {
  return {
    name,
    version: erlangVersion(),
    settings: { module, flags },
    file: new URL('../peers/erlang.ts', import.meta.url),
  };
}

/** Version of the installed OTP, or null where there is no `erl`. Starts nothing. */
export function erlangVersion(path: string = process.env.PATH ?? ''): string | null {
  const folder = path.split(delimiter).find((candidate) => isExecutable(join(candidate, 'erl')));
  if (folder === undefined) return null;
  const releases = join(dirname(realpathSync(join(folder, 'erl'))), '..', 'releases');
  return newestRelease(releases) ?? 'unknown';
}

function newestRelease(releases: string): string | undefined {
  try {
    const [newest] = readdirSync(releases)
      .filter((name) => /^\d+$/.test(name))
      .sort((a, b) => Number(b) - Number(a));
    return readFileSync(join(releases, String(newest), 'OTP_VERSION'), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
