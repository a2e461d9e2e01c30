import { installedVersion, ownVersion } from './installed-version.ts';
import type { Contestant, JsonObject } from './scenario.ts';

/** The project itself, as a script of `subjects/` plays it. */
export function ours(script: string, settings: JsonObject = {}): Contestant {
  return {
    name: 'troupe',
    version: ownVersion(),
    settings,
    file: new URL(`../subjects/${script}.ts`, import.meta.url),
  };
}

/** The thread pools that we play against, each as it comes. */
export function pools(): readonly Contestant[] {
  return ['piscina', 'tinypool', 'poolifier', 'workerpool'].map((name) => peer(name, name));
}

/** An installed package, as a script of `peers/` plays it; named after the package. */
export function peer(
  packageName: string,
  script: string,
  settings: JsonObject = {},
  others: Partial<Pick<Contestant, 'name' | 'variants'>> = {},
): Contestant {
  return {
    name: packageName,
    version: installedVersion(packageName),
    settings,
    file: new URL(`../peers/${script}.ts`, import.meta.url),
    ...others,
  };
}
