import { HealthMonitor, type RuntimePhase, type Supervisor } from '../../actors/index.ts';
import type { RestartIntensity } from '../model/index.ts';
import type { EventSink, RestartBudget } from '../ports/index.ts';
import type { JournalWatch } from './journal-watch.ts';
import type { ResolvedOptions } from './options.ts';
import type { Pools } from './pools.ts';
import type { Supervisors } from './supervision-tree.ts';
import { vitalChecks } from './vital-checks.ts';

/** What the health of a runtime is made of. */
export interface HealthSources {
  readonly pools: Pools;
  readonly journal: JournalWatch;
  readonly supervisors: Supervisors;
  readonly phase: () => RuntimePhase;
  readonly sink: EventSink;
}

export function createHealthMonitor(
  options: ResolvedOptions,
  { pools, journal, supervisors, phase, sink }: HealthSources,
): HealthMonitor {
  const { health, vitals, clock, logger } = options;
  const budgets = () => restartBudgets(pools, supervisors, options);
  const workers = pools.all.length === 0 ? undefined : pools;
  const sources = { vitals, queue: workers, workers, journal, supervisors: budgets };
  const checks = [...vitalChecks(sources, health), ...health.checks];
  const { service } = health;
  return new HealthMonitor({ service, checks, phase, vitals, clock, sink, logger });
}

/** Of the pools, and of the embedder's own actors that have been restarted lately. */
function restartBudgets(
  pools: Pools,
  { user }: Supervisors,
  { restartIntensity }: ResolvedOptions,
): readonly RestartBudget[] {
  return [
    ...pools.all.map(({ crew }) => budgetOf(crew.supervisor, restartIntensity)),
    ...Array.from(user.spentBudgets(), (budget) => ({ ...budget, id: `user/${budget.id}` })),
  ];
}

function budgetOf(
  { id, restartsLeft }: Supervisor,
  { intensity }: RestartIntensity,
): RestartBudget {
  return { id, restartsLeft, intensity };
}
