import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * Version of an installed package, or null when it is not installed. Looks for the manifest
 * itself: many packages do not export theirs, so that it cannot be imported.
 */
export function installedVersion(packageName: string): string | null {
  const folders = createRequire(import.meta.url).resolve.paths(packageName) ?? [];
  for (const folder of folders) {
    const version = manifestVersion(join(folder, packageName, 'package.json'));
    if (version !== null) return version;
  }
  return null;
}

/** Version of the project that the bench belongs to. */
export function ownVersion(): string | null {
  return manifestVersion(new URL('../../package.json', import.meta.url));
}

function manifestVersion(path: string | URL): string | null {
  try {
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
