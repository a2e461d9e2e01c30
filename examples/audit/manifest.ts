import { closeSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { declaredLicence, isLicenceFile, recogniseLicence, UNKNOWN } from './licence.ts';
import { openFile, readUpTo } from './measure.ts';
import { nameByPlace, placeOf } from './package-root.ts';

/** What a package root says about itself. */
export interface PackageFacts {
  /** By its place where package.json has none. */
  readonly name: string;
  readonly version?: string;
  /** An SPDX id or expression as declared or recognised, or 'unknown'. */
  readonly licence: string;
  /** What is wrong with package.json. */
  readonly problem?: string;
}

type Json = Readonly<Record<string, unknown>>;

/** The longest name that npm allows; versions get the same bound. */
const MAX_NAME = 214;

/** The telling part of every known licence is near its top. */
const LICENCE_FILE_BYTES = 64 * 1024;

/**
 * The package that `content`, the package.json of the folder `dir`, makes of that folder; undefined
 * where it makes none. Reads the folder's licence files if package.json declares no licence.
 */
export function readPackage(root: string, dir: string, content: Buffer): PackageFacts | undefined {
  const place = placeOf(root, dir);
  if (place === 'inside') return undefined;
  const { manifest, problem } = parse(content);
  const name = textOf(manifest.name);
  if (name === undefined && place === 'package-if-named') return undefined;
  const version = textOf(manifest.version);
  return {
    name: name ?? nameByPlace(root, dir),
    ...(version !== undefined && { version }),
    licence: declaredLicence(manifest) ?? licenceInFolder(join(root, dir)),
    ...(problem !== undefined && { problem }),
  };
}

function parse(content: Buffer): { manifest: Json; problem?: string } {
  try {
    const parsed: unknown = JSON.parse(content.toString('utf8').replace(/^\uFEFF/, ''));
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    if (isObject) return { manifest: parsed as Json };
    return { manifest: {}, problem: 'package.json holds no object' };
  } catch {
    return { manifest: {}, problem: 'package.json is not valid JSON' };
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.trim().slice(0, MAX_NAME) || undefined;
}

function licenceInFolder(folder: string): string {
  for (const name of licenceFiles(folder)) {
    const licence = recogniseLicence(readStart(join(folder, name)));
    if (licence !== UNKNOWN) return licence;
  }
  return UNKNOWN;
}

function licenceFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter(isLicenceFile).sort();
  } catch {
    return [];
  }
}

/** Empty for what can't be read: as a file of the tree, it is reported as skipped anyway. */
function readStart(path: string): string {
  try {
    const { fd, stats } = openFile(path);
    try {
      return readUpTo(fd, Math.min(stats.size, LICENCE_FILE_BYTES)).toString('utf8');
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
