import { setTimeout } from 'node:timers/promises';
import { Shutdown, type Supervisor } from '../../actors/index.ts';
import type { TroupeError } from '../model/index.ts';
import type { Commands } from './commands.ts';
import { endOf } from './execution.ts';
import type { Executors } from './executors.ts';
import { EXECUTIONS } from './exit.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ResolvedOptions } from './options.ts';
import type { Pools } from './pools.ts';

/** What is to be ended. */
export interface Parts {
  readonly lifecycle: Lifecycle;
  readonly commands: Commands;
  readonly pools: Pools;
  readonly executors: Executors;
  readonly root: Supervisor;
  readonly closeJournal: () => Promise<void>;
}

/** The shutdown of a runtime, with what the runtime itself does in its phases. */
export function createShutdown(
  { clock, shutdownPlan: plan }: ResolvedOptions,
  parts: Parts,
): Shutdown {
  const { lifecycle, commands, pools, root, closeJournal } = parts;
  const zombies = () => outlasting(pools);
  const shutdown = new Shutdown({ clock, plan, zombies, failure: () => lifecycle.failure });
  shutdown.add('not_ready', 'intake', () => commands.close(lifecycle.close()));
  shutdown.add('draining', EXECUTIONS, () => commands.idle());
  shutdown.add('aborting', EXECUTIONS, () => abort(commands, 'the runtime shuts down'));
  shutdown.add('terminating', 'supervision tree', () => terminate(parts));
  shutdown.add('closing', 'threads', () => {
    // Nobody must be left who could start again what is ended here.
    root.kill();
    return pools.destroy();
  });
  // The tree has closed it, unless it took too long.
  shutdown.add('closing', 'journal', closeJournal);
  return shutdown;
}

/** Real time: no thread heeds another clock. */
const LOOKS = 25;
const LOOK_MS = 20;

/** Threads that live on. One that was just told to end needs a moment for that. */
async function outlasting(pools: Pools): Promise<number> {
  for (let look = 0; look < LOOKS && pools.zombies > 0; look++) await setTimeout(LOOK_MS);
  return pools.zombies;
}

async function abort({ live }: Commands, reason: string): Promise<void> {
  const runs = [...live.values()];
  await Promise.all(
    runs.map(async (run) => {
      await run.cancel(reason);
      await endOf(run);
    }),
  );
}

async function terminate(parts: Parts): Promise<void> {
  leaveBehind(parts, parts.lifecycle.close());
  parts.root.stop();
  await parts.root.ended;
}

/** Whatever did not end when it was asked to: nobody may wait for it for ever. */
export function leaveBehind({ commands, pools, executors }: Parts, closed: TroupeError): void {
  commands.close(closed);
  for (const run of [...commands.live.values()]) run.abandon(closed);
  pools.close(closed);
  executors.close(closed);
}
