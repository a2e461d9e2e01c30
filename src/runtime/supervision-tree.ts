import { type Crew, type StartChild, Supervisor, service, subtree } from '../../actors/index.ts';
import type { EventSink } from '../ports/index.ts';
import type { ResolvedOptions } from './options.ts';

/** The supervisors right below the root. */
export interface Supervisors {
  /** Of the workers of each pool that begins with the runtime. */
  readonly pools: readonly Supervisor[];
  readonly breakers: Supervisor;
  readonly executions: Supervisor;
  /** Of the embedder's own actors. */
  readonly user: Supervisor;
}

/** The children of the root that are no supervisors. */
export interface Services {
  readonly closeJournal: () => Promise<void>;
  readonly startHealth: StartChild;
}

export function createSupervisors(
  options: ResolvedOptions,
  sink: EventSink,
  pools: readonly Supervisor[],
): Supervisors {
  const environment = environmentOf(options, sink);
  const forgetful = { strategy: 'one_for_one', forgets: true, ...environment } as const;
  return {
    pools,
    breakers: new Supervisor({ id: 'breakers', ...forgetful }),
    executions: new Supervisor({ id: 'executions', strategy: 'dynamic', ...environment }),
    user: new Supervisor({ id: 'user', ...forgetful }),
  };
}

/** Its static children are not restarted: one that fails takes the runtime down. */
export function createRoot(
  { pools, breakers, executions, user }: Supervisors,
  { closeJournal, startHealth }: Services,
  options: ResolvedOptions,
  sink: EventSink,
): Supervisor {
  const type = 'supervisor';
  return new Supervisor({
    id: 'runtime',
    strategy: 'rest_for_one',
    intensity: { intensity: 0 },
    isOwn: (actor) => executions.isParentOf(actor),
    ...environmentOf(options, sink),
    children: [
      { id: 'journal', start: service({ stop: closeJournal }) },
      { id: 'telemetry', start: service({}) },
      ...pools.map((workers) => ({ id: workers.id, type, start: subtree(workers) }) as const),
      // Without breakers everything passes: that is no reason to end what runs.
      { id: 'breakers', type, restart: 'temporary', start: subtree(breakers) },
      { id: 'executions', type, start: subtree(executions) },
      // Nor is it restarted: when the embedder's actors give up, nothing else falls with them.
      { id: 'user', type, restart: 'temporary', start: subtree(user) },
      { id: 'health', start: startHealth },
    ],
  });
}

/** Has workers supervised that are needed only later. When they give up, nothing else falls with them. */
export function lateWorkers(root: () => Supervisor) {
  const traits = { type: 'supervisor', restart: 'temporary' } as const;
  return {
    supervise: ({ supervisor }: Crew) =>
      root().startChild({ id: supervisor.id, ...traits, start: subtree(supervisor) }),
    dismiss: ({ supervisor }: Crew) => root().terminateChild(supervisor.id),
  };
}

function environmentOf({ clock, random }: ResolvedOptions, sink: EventSink) {
  return { clock, random, sink };
}
