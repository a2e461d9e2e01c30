import { IGNORE, type StartChild } from '../../actors/child.ts';
import type { ExitReason } from '../../src/model/index.ts';

/** A child in a test's hand: it records its life in a shared log and ends when told to. */
export interface Puppet {
  readonly start: StartChild;
  /** How often it was started. */
  starts: number;
  /** Ends the running instance. */
  exit(reason: ExitReason): void;
}

export interface PuppetOptions {
  /** It does not end when it is asked to. */
  readonly stubborn?: boolean;
  /** Its start fails from this time on, counted from 1. */
  readonly failsFrom?: number;
  /** Its start fails no longer after this time, counted from 1. */
  readonly failsUntil?: number;
  /** Its start chooses to be ignored. */
  readonly ignores?: boolean;
}

export function puppet(id: string, log: string[], options: PuppetOptions = {}): Puppet {
  const { stubborn = false, ignores = false } = options;
  const { failsFrom = Number.POSITIVE_INFINITY, failsUntil = Number.POSITIVE_INFINITY } = options;
  let exited: (reason: ExitReason) => void = () => {};
  const self: Puppet = {
    starts: 0,
    exit: (reason) => exited(reason),
    start: (host) => {
      self.starts++;
      const fails = self.starts >= failsFrom && self.starts <= failsUntil;
      if (fails) throw new Error(`${id} cannot start`);
      if (ignores) return IGNORE;
      log.push(`start ${id}`);
      exited = host.exited;
      return {
        stop: () => {
          log.push(`stop ${id}`);
          if (!stubborn) host.exited({ kind: 'shutdown' });
        },
        kill: () => {
          log.push(`kill ${id}`);
          host.exited({ kind: 'killed' });
        },
        status: () => 'up',
      };
    },
  };
  return self;
}
